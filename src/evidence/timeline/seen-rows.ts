import { createHash } from 'node:crypto'
import type { Found } from './row.ts'

/** Passes each row once, however many lists, tries and bundles say the same of one object. */
export class SeenRows {
  readonly #keys = new Set<string>()

  isNew({ of, row }: Found): boolean {
    const { kind, time, until, by, what } = row
    // Many rows are long, and all of them are held.
    const key = createHash('sha256')
      .update(JSON.stringify([of, kind, time, until, by, what]))
      .digest('base64')
    const isNew = !this.#keys.has(key)
    this.#keys.add(key)
    return isNew
  }
}

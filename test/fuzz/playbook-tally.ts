import type { Tried } from '../unit/playbook/fuzz-trial.ts'

type Row = { runs: number; taken: number; changed: number; plans: number; writes: number; undone: number }

/** Counts what came of drawn playbooks, by their kinds: a property that nothing tries holds for nothing. */
export class Tally {
  readonly #rows = new Map<string, Row>()
  readonly #refused = new Map<string, number>()

  add(kind: string, { taken, plans, writes, refused }: Tried, undone = 0): void {
    const row = this.#rows.get(kind) ?? { runs: 0, taken: 0, changed: 0, plans: 0, writes: 0, undone: 0 }
    row.runs += 1
    row.taken += taken ? 1 : 0
    row.changed += writes > 0 ? 1 : 0
    row.plans += plans.length
    row.writes += writes
    row.undone += undone
    this.#rows.set(kind, row)
    for (const want of refused) {
      const words = `${kind}: changes refused for want of ${want}`
      this.#refused.set(words, (this.#refused.get(words) ?? 0) + 1)
    }
  }

  report(line: (text: string) => void): void {
    for (const [kind, { runs, taken, changed, plans, writes, undone }] of this.#rows)
      line(
        `  ${kind}: ${runs}, ${taken} taken, ${changed} changed something, ${plans} plans confirmed, ${writes} writes held against them, ${undone} plans undone`,
      )
    for (const [words, count] of this.#refused) line(`  ${words}: ${count}`)
  }
}

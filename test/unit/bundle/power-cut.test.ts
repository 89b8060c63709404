import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, test, vi } from 'vitest'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { SecureError } from '../../../src/errors.ts'
import { freshDirectory, head } from './cases.ts'
import { cutAt, forget, states, tell } from './recorded-disk.ts'

vi.mock('node:fs', async (actual) => {
  const { recordedFs } = await import('./recorded-disk.ts')
  return recordedFs(await actual())
})
vi.mock('node:fs/promises', async (actual) => {
  const { recordedPromises } = await import('./recorded-disk.ts')
  return recordedPromises(await actual())
})
beforeEach(forget)

const large = Buffer.alloc(700 * 1024, 'a long log\n')
async function* inPieces(bytes: Buffer) {
  for (let from = 0; from < bytes.length; from += 100_000) yield bytes.subarray(from, from + 100_000)
}
const contentOf = (number: number) => (number === 5 ? large : Buffer.from(`${'a log\n'.repeat(number)}of ${number}\n`))

async function collectSome(dir: string): Promise<void> {
  const made = await createCase(dir, head)
  tell('case')
  const one = async (number: number) => {
    const path = ['logs', `pod-${number % 4}`, `${number}.log`]
    await made.artefact(path, {}, inPieces(contentOf(number)))
    made.request({ number })
    tell(path.join('/'))
  }
  for (const start of [0, 6, 12]) await Promise.all(Array.from({ length: 6 }, (_, index) => one(start + index)))
  await made.close()
}

test('whenever the power is cut, what was told is there, and what the journal speaks of is whole', async () => {
  const real = await vi.importActual<typeof import('node:fs')>('node:fs')
  const base = freshDirectory()
  const dir = join(base, 'case')
  await collectSome(dir)
  const all = [...states]
  let round = 0
  const luck = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }))
  await fc.assert(
    fc.asyncProperty(fc.nat(all.length - 1), fc.array(luck, { minLength: 1 }), async (at, lucks) => {
      const state = all[at]
      if (!state || !state.directories.some(([path]) => path === dir)) return
      const left = join(base, `left-${round++}`)
      let asked = 0
      cutAt(real, state, dir, left, () => lucks[asked++ % lucks.length] ?? 0)
      const resumed = await openCase(left).catch((error: unknown) => error)
      if (resumed instanceof SecureError) {
        // The power was cut while it was begun, and nothing was told.
        expect(state.told).toEqual([])
        return
      }
      const { kept, close } = resumed as Awaited<ReturnType<typeof openCase>>
      const whole = [...kept()].filter(({ cut }) => cut === undefined)
      await close()
      const names = whole.map(({ path }) => path?.join('/') ?? '')
      expect(names).toEqual(expect.arrayContaining(state.told.filter((name) => name !== 'case')))
      for (const { file, path, bytes } of whole) {
        const wanted = contentOf(Number.parseInt(path?.[2] ?? '', 10))
        expect(bytes).toBe(wanted.length)
        expect(real.readFileSync(join(left, file)).equals(wanted)).toBe(true)
      }
      const bundle = await readBundle(left)
      for await (const lost of bundle.entries('lost')) expect(lost).toBeUndefined()
      real.rmSync(left, { recursive: true })
    }),
    { numRuns: 80 },
  )
})

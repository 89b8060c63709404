import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Step } from '../../../src/playbook/model.ts'
import { stopsOf, waysOf } from '../../../src/playbook/stops.ts'
import { readOf } from './playbooks.ts'

const none = () => Promise.reject(new Error('nothing is called'))

// Steps that go forwards alone: jumps are to later ids, or to the end.
const arbitrarySteps = fc
  .array(fc.tuple(fc.nat(3), fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 8 })
  .map((drawn) =>
    drawn.map(([kind, one, other, guarded], at): Step => {
      const later = (number: number) => {
        const left = drawn.length - at
        const to = at + 1 + (number % left)
        return to === drawn.length ? 'end' : `s${to}`
      }
      const head = { id: `s${at}`, ...(guarded && { when: 'inputs.x' }) }
      if (kind === 0) return { ...head, type: 'note', text: 'x' }
      if (kind === 1) return { ...head, type: 'note', text: 'x', next: later(one) }
      if (kind === 2) return { ...head, type: 'command', run: 'x', onFail: later(other) }
      const cases = { a: { label: 'a', next: later(one) }, b: { label: 'b', next: later(other) } }
      return { ...head, type: 'decision', ask: '?', cases }
    }),
  )

/** Every way through, as the ids on it. */
function ways(steps: Step[], at = 0): string[][] {
  const step = steps[at]
  if (!step) return [[]]
  const nexts = new Set(waysOf(step, steps[at + 1]?.id ?? 'end'))
  return [...nexts].flatMap((next) => {
    const place = next === 'end' ? steps.length : steps.findIndex(({ id }) => id === next)
    return ways(steps, place).map((rest) => [step.id, ...rest])
  })
}

it('all that can be come to is found, once, and certain is what every way comes to', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySteps, async (steps) => {
      const all = ways(steps)
      const found = await stopsOf(readOf('x', steps), none)
      expect(found.map(({ key }) => key)).toEqual(
        steps.map(({ id }) => id).filter((id) => all.some((way) => way.includes(id))),
      )
      for (const { key, certain, step } of found)
        expect([key, certain]).toEqual([key, step.when === undefined && all.every((way) => way.includes(key))])
    }),
  )
})

it('a decision that is known leaves out what only the others come to', async () => {
  const cases = { a: { label: 'a', next: 'one' }, b: { label: 'b', next: 'two' } }
  const note = (id: string): Step => ({ id, type: 'note', text: 'x', next: 'end' })
  const read = readOf('x', [{ id: 'which', type: 'decision', ask: '?', cases }, note('one'), note('two')])
  expect((await stopsOf(read, none, { which: 'b' })).map(({ key }) => key)).toEqual(['which', 'two'])
})

it('playbooks that call one another in a circle are refused', async () => {
  const of = (name: string, called: string) => readOf(name, [{ id: 'go', type: 'call', playbook: called }])
  const library = (name: string) => Promise.resolve(name === 'a' ? of('a', 'b') : of('b', 'a'))
  await expect(stopsOf(of('a', 'b'), library)).rejects.toThrow('in a circle: a → b → a')
})

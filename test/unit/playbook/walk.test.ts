import { expect, it } from 'vitest'
import type { Step } from '../../../src/playbook/model.ts'
import type { Entry, Recorded } from '../../../src/playbook/run/entry.ts'
import { walk } from '../../../src/playbook/run/walk.ts'
import { readOf } from './playbooks.ts'

const note = (id: string, when?: string): Step => ({ id, type: 'note', text: 'x', ...(when !== undefined && { when }) })

/** How a run of these steps ended, what was carried out, and what the journal has. */
async function walked(...steps: Step[]) {
  const entries: Recorded[] = []
  const carried: string[] = []
  const append = (entry: Entry) => Promise.resolve(void entries.push(entry as Recorded))
  const carryOut = ({ id }: Step) => {
    carried.push(id)
    return Promise.resolve({ outcome: 'done' as const, outputs: { word: 'x' } })
  }
  const end = await walk(readOf('own', steps).playbook, {}, { entries, append, carryOut })
  return { end, carried, entries }
}

it.each([
  ["steps.first.word + 'y'", 'neither true nor false, but "xy"'],
  ['steps.first.nobody', 'No such key'],
])('a guard that says neither yes nor no (%s) stops the run there, and is recorded', async (when, why) => {
  const { end, carried, entries } = await walked(note('first'), note('guarded', when), note('last'))
  expect(carried).toEqual(['first'])
  expect(end).toMatchObject({ state: 'stopped', why: expect.stringContaining(why) as string })
  expect(entries.slice(-2)).toMatchObject([
    { type: 'step', step: 'guarded' },
    { type: 'done', step: 'guarded', outcome: 'failed' },
  ])
})

it('a guard that does not hold skips its step alone', async () => {
  const { end, carried } = await walked(note('first'), note('guarded', "steps.first.word == 'y'"), note('last'))
  expect(carried).toEqual(['first', 'last'])
  expect(end.state).toBe('finished')
})

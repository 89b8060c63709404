import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { SecureError } from '../../../../src/errors.ts'
import { actions } from '../../../../src/playbook/actions/index.ts'
import { openLibrary, shippedFolder } from '../../../../src/playbook/library.ts'
import type { Playbook, Step } from '../../../../src/playbook/model.ts'
import { readPlaybook } from '../../../../src/playbook/read.ts'
import { readTest, testPathOf } from '../../../../src/playbook/test/read.ts'
import { testPlaybook } from '../../../../src/playbook/test/test-playbook.ts'

const library = openLibrary({ env: {}, home: '/nonexistent' })
const names = await library.names()
const pathOf = (name: string) => join(shippedFolder, `${name}.yaml`)

describe('the playbooks that ship', () => {
  it.each(names)('%s goes as its tests say, and they go all of its ways', async (name) => {
    const read = await library.named(name)
    const about = { read, library: library.named, actions }
    const { cases, coverage } = await testPlaybook(about, await readTest(testPathOf(read.path), about))
    expect(cases.filter(({ ok }) => !ok).map(({ name: of, differences }) => [of, differences])).toEqual([])
    expect(coverage.missing).toEqual([])
  })
})

/** What the tests of a playbook make of another text of it: `refused` where it is no playbook any more, or the tests are not of it. */
async function judged(name: string, text: string): Promise<'passed' | 'failed' | 'refused'> {
  try {
    const read = await readPlaybook(pathOf(name), text, actions)
    const about = { read, library: library.named, actions }
    const cases = await readTest(testPathOf(read.path), about)
    for (const one of cases) {
      const { cases: reports } = await testPlaybook(about, [one])
      if (reports.some(({ ok }) => !ok)) return 'failed'
    }
    return 'passed'
  } catch (error) {
    if (error instanceof SecureError) return 'refused'
    throw error
  }
}

type Loose = Step & { requires?: string[]; when?: string; onFail?: string; onTimeout?: string; cases?: Cases }
type Cases = Record<string, { label: string; next: string }>
type Planted = { what: string; plant: (steps: Loose[]) => void }

/** Errors that somebody may make in a playbook, and that its tests have to find. */
function plantedIn(steps: readonly Loose[]): Planted[] {
  const planted: Planted[] = []
  for (const [at, step] of steps.entries()) {
    const plant = (what: string, change: (step: Loose, all: Loose[]) => void) =>
      planted.push({ what: `${step.id}: ${what}`, plant: (all) => change(all[at] as Loose, all) })
    for (const id of step.requires ?? [])
      plant(`requires no ${id}`, (one) => (one.requires = one.requires?.filter((other) => other !== id) ?? []))
    if (step.when !== undefined) {
      plant('when turned round', (one) => (one.when = `!(${one.when})`))
      plant('no when', (one) => delete one.when)
    }
    if (step.next !== undefined) plant('no next', (one) => delete one.next)
    else if (step.type !== 'decision' && at < steps.length - 2) plant('ends', (one) => (one.next = 'end'))
    if (step.onFail === 'continue') plant('stops on failure', (one) => (one.onFail = 'stop'))
    if (step.onTimeout === 'continue') plant('stops on timeout', (one) => (one.onTimeout = 'stop'))
    if (step.type === 'verify')
      plant('until turned round', (one) => ((one as { until: string }).until = `!(${step.until})`))
    if ('with' in step)
      for (const name of Object.keys(step.with ?? {}))
        plant(`other with.${name}`, (one) => ((one as { with: Record<string, unknown> }).with[name] = 'another'))
    const [first, second] = Object.entries(step.cases ?? {})
    if (first && second && first[1].next !== second[1].next)
      plant('cases swapped', ({ cases = {} }) => {
        Object.assign(cases[first[0]] ?? {}, { next: second[1].next })
        Object.assign(cases[second[0]] ?? {}, { next: first[1].next })
      })
  }
  return planted
}

describe('errors that are planted', () => {
  // All of them take a while: PLANT=all tries them.
  const every = process.env['PLANT'] === 'all' ? 1 : 4
  it.each(names)('in %s are found by its tests', async (name) => {
    const text = readFileSync(pathOf(name), 'utf8')
    const fresh = () => load(text) as Omit<Playbook, 'steps'> & { steps: Loose[] }
    expect(await judged(name, dump(fresh()))).toBe('passed')
    const missed: string[] = []
    for (const [at, { what, plant }] of plantedIn(fresh().steps).entries()) {
      if (at % every !== 0) continue
      const playbook = fresh()
      plant(playbook.steps)
      if ((await judged(name, dump(playbook))) === 'passed') missed.push(what)
    }
    expect(missed).toEqual([])
  })
})

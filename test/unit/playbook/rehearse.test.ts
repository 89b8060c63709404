import { expect, it } from 'vitest'
import { SecureError } from '../../../src/errors.ts'
import type { ActionContext, Step } from '../../../src/playbook/model.ts'
import { rehearse, type RehearsedStep } from '../../../src/playbook/rehearse.ts'
import { action, readOf } from './playbooks.ts'

const asked: unknown[] = []
const actions = {
  look: action('look', 'question', {
    ask: (_context: unknown, args: object) => {
      asked.push(args)
      return Promise.resolve({ bad: true })
    },
  }),
  broken: action('broken', 'question', { ask: () => Promise.reject(new SecureError('forbidden', 'you may not look')) }),
  cut: action('cut', 'change', {
    plan: () => Promise.resolve({ plan: { id: 'p', changes: [] }, outputs: { isolated: null } }),
  }),
  nothing: action('nothing', 'change', { plan: () => Promise.resolve(undefined) }),
}
const gone = async (steps: Step[], decided: Record<string, string> = {}, inputs = { x: 'y' }) => {
  const seen: RehearsedStep[] = []
  const read = readOf('main', steps, { x: { type: 'string', ask: '?' } })
  const called = readOf('called', [{ id: 'inner', type: 'command', run: 'look', with: { it: '${{ inputs.what }}' } }], {
    what: { type: 'string', ask: '?' },
  })
  await rehearse(
    {
      read,
      library: () => Promise.resolve(called),
      actions,
      context: { engine: {} } as ActionContext,
      decided,
      isLive: false,
      onStep: (step) => seen.push(step),
    },
    inputs,
  )
  return seen.map(
    ({ step, result, certain, before }) => `${step} ${result}${certain ? '' : ' maybe'}${before ? ' before' : ''}`,
  )
}

const look: Step = { id: 'look', type: 'command', run: 'look', with: { it: '${{ inputs.x }}' } }
const cut: Step = { id: 'cut', type: 'command', run: 'cut' }

it('what rests on a change is known after apply; a question after it sees what was before', async () => {
  expect(
    await gone([
      look,
      cut,
      { id: 'guarded', type: 'note', text: 'x', when: 'steps.cut.isolated' },
      { id: 'rests', type: 'command', run: 'look', with: { it: '${{ steps.cut.isolated }}' } },
      { id: 'again', type: 'command', run: 'look', with: { it: '${{ steps.look.bad }}' } },
      { id: 'sure', type: 'verify', run: 'look', until: 'outputs.bad', timeout: '5s' },
    ]),
  ).toEqual([
    'look answered',
    'cut planned',
    'guarded would maybe',
    'rests later',
    'again answered before',
    'sure later',
  ])
})

it('a guard that is known decides, and nothing is asked for a step that is skipped', async () => {
  asked.length = 0
  const never: Step = { ...look, id: 'never', when: '!steps.look.bad' }
  expect(await gone([look, never, { id: 'end1', type: 'note', text: 'x' }])).toEqual([
    'look answered',
    'never skipped',
    'end1 would',
  ])
  expect(asked).toEqual([{ it: 'y' }])
})

it('all branches are gone where nobody has decided, and one where somebody has', async () => {
  const cases = { a: { label: 'a', next: 'one' }, b: { label: 'b', next: 'two' } }
  const steps: Step[] = [
    { id: 'which', type: 'decision', ask: '?', cases },
    { id: 'one', type: 'note', text: 'x', next: 'two' },
    { id: 'two', type: 'note', text: 'x' },
  ]
  expect(await gone(steps)).toEqual(['which open', 'one would maybe', 'two would'])
  expect(await gone(steps, { which: 'b' })).toEqual(['which open', 'two would'])
})

it('a step that would fail is said, and what rests on it is not known', async () => {
  expect(
    await gone([
      { id: 'no', type: 'command', run: 'broken', onFail: 'continue' },
      { id: 'rests', type: 'note', text: 'x', when: 'steps.no.bad' },
      { id: 'none', type: 'command', run: 'nothing' },
    ]),
  ).toEqual(['no failed', 'rests would maybe', 'none unchanged'])
})

it('goes into calls with what is known of their inputs', async () => {
  asked.length = 0
  const call = (what: string): Step => ({ id: 'go', type: 'call', playbook: 'called', with: { what } })
  expect(await gone([call('${{ inputs.x }}')])).toEqual(['go would', 'go/inner answered'])
  expect(asked).toEqual([{ it: 'y' }])
  expect(await gone([cut, call('${{ steps.cut.isolated }}')])).toEqual(['cut planned', 'go would', 'go/inner later'])
})

import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import type { Action } from '../../../src/playbook/model.ts'
import { validatePlaybook } from '../../../src/playbook/read.ts'

const action = (name: string, kind: Action['kind'], more: object = {}): Action =>
  ({ name, kind, summary: name, with: {}, outputs: {}, rights: () => [], ...more }) as unknown as Action
const actions: Record<string, Action> = {
  'evidence.collect': action('evidence.collect', 'evidence', {
    with: { target: { type: 'pod', required: true, about: '' } },
  }),
  isolate: action('isolate', 'change', {
    with: { target: { type: 'pod', required: true, about: '' }, sever: { type: 'bool', about: '' } },
  }),
  'delete.pod': action('delete.pod', 'change', {
    destroys: true,
    with: { target: { type: 'pod', required: true, about: '' } },
  }),
  'who-can': action('who-can', 'question', { with: { verb: { type: 'string', values: ['get', 'list'], about: '' } } }),
}

const good = () => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Playbook',
  metadata: { name: 'compromised-pod', version: '1.0.0', title: 'A pod is not ours any more', attack: ['T1609'] },
  inputs: {
    ns: { type: 'namespace', ask: 'Which namespace?' },
    pod: { type: 'pod', ask: 'Which pod?', namespace: '${{ inputs.ns.name }}' },
  } as Record<string, object>,
  steps: [
    {
      id: 'evidence',
      type: 'command',
      run: 'evidence.collect',
      with: { target: '${{ inputs.pod }}' },
      onFail: 'continue',
    },
    {
      id: 'cut',
      type: 'command',
      run: 'isolate',
      with: { target: '${{ inputs.pod }}', sever: true },
      when: 'steps.evidence != null',
    },
    {
      id: 'ask',
      type: 'decision',
      ask: 'Is ${{ inputs.pod.name }} bad?',
      cases: { yes: { label: 'yes', next: 'gone' }, no: { label: 'no', next: 'end' } },
    },
    {
      id: 'gone',
      type: 'command',
      run: 'delete.pod',
      with: { target: '${{ inputs.pod }}' },
      destroys: ['its memory'],
      requires: ['evidence'],
    },
  ] as Record<string, unknown>[],
})
type Playbook = ReturnType<typeof good>

const told = async (change: (playbook: Playbook) => unknown) => {
  const playbook = good()
  change(playbook)
  const { complaints } = await validatePlaybook(dump(playbook), actions)
  return complaints.map(({ pointer, why }) => `${pointer} ${why}`)
}
const step = (playbook: Playbook, at: number) => playbook.steps[at] as Record<string, unknown>

const next = (id: string) => ({ label: id, next: id })
const withDefault = (input: object, value: unknown) => (playbook: Playbook) =>
  void (playbook.inputs['more'] = { ask: '?', ...input, default: value })

describe('a playbook', () => {
  it('is taken where nothing is wrong with it', async () => {
    expect(await told(() => {})).toEqual([])
  })

  it('is taken with defaults that are as they should be', async () => {
    for (const [input, value] of [
      [{ type: 'pod' }, 'shop/web'],
      [{ type: 'bool' }, false],
      [{ type: 'enum', values: ['a', 'b'] }, 'b'],
      [{ type: 'string', pattern: '[a-z]+' }, 'abc'],
    ] as const)
      expect(await told(withDefault(input, value))).toEqual([])
  })

  it.each<[string, (playbook: Playbook) => unknown, RegExp]>([
    [
      'a field that is misspelt',
      (p) => (step(p, 0)['onfail'] = 'stop'),
      /\/steps\/0\/onfail there is no such field: did you mean onFail\?/,
    ],
    ['a kind of step', (p) => (step(p, 0)['type'] = 'shell'), /\/steps\/0 .*"shell"/],
    [
      'an action',
      (p) => (step(p, 1)['run'] = 'isolat'),
      /\/steps\/1\/run there is no action isolat: did you mean isolate\?/,
    ],
    ['an action of Object', (p) => (step(p, 1)['run'] = 'constructor'), /no action constructor/],
    ['a parameter', (p) => (step(p, 1)['with'] = { targt: 1 }), /takes no targt: did you mean target\?/],
    ['a parameter that is missing', (p) => (step(p, 1)['with'] = {}), /isolate needs with.target/],
    [
      'the type of a parameter',
      (p) => (step(p, 1)['with'] = { target: '${{ inputs.pod }}', sever: 'yes' }),
      /takes a bool for sever/,
    ],
    ['an id that is there twice', (p) => (step(p, 1)['id'] = 'evidence'), /there is a step evidence already/],
    ['a jump backwards', (p) => (step(p, 3)['next'] = 'evidence'), /only goes forwards/],
    ['a jump to nowhere', (p) => (step(p, 1)['next'] = 'gon'), /no step gon: did you mean gone\?/],
    ['a step that nothing leads to', (p) => (step(p, 0)['next'] = 'ask'), /\/steps\/1 no way leads to step cut/],
    ['CEL that is none', (p) => (step(p, 1)['when'] = 'inputs.pod ='), /\/steps\/1\/when/],
    ['CEL over what comes later', (p) => (step(p, 0)['when'] = 'steps.cut.ok'), /steps.cut is not known by then/],
    [
      'CEL that could hang',
      (p) => (step(p, 1)['when'] = 'inputs.pod.name.matches("(a+)+$")'),
      /matches\(\) is not to be had/,
    ],
    [
      'what an input is asked for in',
      (p) => (p.inputs['ns'] = { type: 'pod', ask: '?', namespace: '${{ inputs.pod.name }}' }),
      /inputs.pod is not known by then/,
    ],
    ['destruction without a word', (p) => delete step(p, 3)['destroys'], /say what is gone then/],
    ['destruction without evidence', (p) => delete step(p, 3)['requires'], /needs evidence first/],
    ['evidence that is none', (p) => (step(p, 3)['requires'] = ['cut']), /step cut takes no evidence/],
    [
      'a shell word in a value',
      (p) => (step(p, 1)['with'] = { target: 'x ${{ inputs.pod }}; rm -rf /' }),
      /an expression is the whole of a value/,
    ],
    [
      'a case that is there in quotes, too',
      (p) => (step(p, 2)['cases'] = { yes: next('gone'), true: next('end'), no: next('end') }),
      /\/steps\/2\/cases\/yes there is a case yes already: .* are the same word/,
    ],
    [
      'a prompt that is called as an input',
      (p) => p.steps.push({ id: 'pod', type: 'prompt', input: { type: 'string', ask: '?' } }),
      /\/steps\/4\/id there is an input pod already/,
    ],
    [
      'a default of another type',
      withDefault({ type: 'duration' }, 'soon'),
      /\/inputs\/more\/default "soon" is no duration/,
    ],
    [
      'a default that is not one of the values',
      withDefault({ type: 'enum', values: ['a', 'bcd'] }, 'bce'),
      /did you mean bcd\?/,
    ],
    [
      'a default that no pattern matches',
      withDefault({ type: 'string', pattern: '[a-z]+' }, '7'),
      /default "7" is no string/,
    ],
    [
      'a pattern that never comes to an end',
      withDefault({ type: 'string', pattern: '(a|a)*' }, `${'a'.repeat(60)}!`),
      /default it takes too long to look/,
    ],
    ['a default that is no name', withDefault({ type: 'pod' }, 'a/b/c'), /default "a\/b\/c" is no pod/],
    ['an ATT&CK id', (p) => (p.metadata.attack = ['1609']), /must match/],
    [
      'a link that is a script',
      (p) => Object.assign(p.metadata, { sources: [{ title: 'x', url: 'javascript:alert(1)' }] }),
      /must match/,
    ],
  ])('says what is wrong with %s', async (_what, change, expected) => {
    const complaints = await told(change)
    expect(complaints.join('\n')).toMatch(expected)
  })

  it('has the line of what is wrong', async () => {
    const text = dump(good()).replace('run: isolate', 'run: isolates')
    const { complaints } = await validatePlaybook(text, actions)
    const line = text.split('\n').findIndex((one) => one.includes('isolates')) + 1
    expect(complaints).toMatchObject([{ line, pointer: '/steps/1/run' }])
  })

  it('never trips over one, whatever is in it', async () => {
    const paths = ['metadata', 'inputs', 'steps', 'kind'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.jsonValue(),
        fc.nat(3),
        fc.string(),
        async (key, value, at, name) => {
          const playbook = good() as Record<string, unknown>
          if (key === 'steps') ((playbook['steps'] as Record<string, unknown>[])[at] ?? {})[name] = value
          else playbook[key] = value
          await validatePlaybook(dump(playbook), actions)
        },
      ),
      { numRuns: 60 },
    )
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const { playbook } = await validatePlaybook(text, actions)
        expect(playbook).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })
})

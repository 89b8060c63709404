import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it, test } from 'vitest'
import { SecureError } from '../../../src/errors.ts'
import { answersSchema } from '../../../src/playbook/answers-schema.ts'
import { checkAnswers, missingOf, noAnswers } from '../../../src/playbook/answers.ts'
import { missingAnswers } from '../../../src/playbook/missing-answers.ts'
import { readPlaybook } from '../../../src/playbook/read.ts'
import { valueOf } from '../../../src/playbook/input-value.ts'
import type { Input, Step } from '../../../src/playbook/model.ts'
import { checkYaml } from '../../../src/schema/checked-yaml.ts'
import { action, readOf } from './playbooks.ts'

const actions = { isolate: action('isolate', 'change'), kill: action('kill', 'change', { destroys: true }) }
const called = readOf('called', [{ id: 'cut', type: 'command', run: 'isolate' }], {
  node: { type: 'node', ask: 'Which node?' },
  why: { type: 'string', ask: 'Why?' },
})
const steps: Step[] = [
  { id: 'extra', type: 'prompt', input: { type: 'cidr', ask: 'Which range?' } },
  {
    id: 'bad',
    type: 'decision',
    ask: 'Bad?',
    cases: { worst: { label: 'w', next: 'call' }, fine: { label: 'f', next: 'end' } },
  },
  { id: 'call', type: 'call', playbook: 'called', with: { why: 'so' } },
  { id: 'gate', type: 'approval', role: 'commander', covers: ['gone'] },
  { id: 'gone', type: 'command', run: 'kill', destroys: ['memory'], requires: ['x'] },
]
const main = readOf('main', steps, {
  ns: { type: 'namespace', ask: 'Where?' },
  mode: { type: 'enum', ask: 'How?', values: ['soft', 'hard'], default: 'soft' },
})
const about = { read: main, library: () => Promise.resolve(called), actions }
const good = {
  inputs: { ns: 'shop', extra: '10.0.0.0/8', 'call/node': 'n1' },
  decisions: { bad: 'worst' },
  approvals: { gate: { by: 'boss', playbook: main.digest } },
  confirm: { 'call/cut': true, gone: 'web-0' },
}
const check = async (answers: unknown) =>
  await checkAnswers(
    'a.yaml',
    await checkYaml(typeof answers === 'string' ? answers : dump(answers), answersSchema),
    about,
  )
const refusal = async (answers: unknown): Promise<string> => {
  const error = await check(answers).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SecureError)) throw new Error('it was not refused')
  expect(error.code).toBe('usage')
  return `${error.message}\n${error.hint}`
}

test('the schema in docs is the one that is read by', () => {
  expect(JSON.parse(readFileSync('docs/playbook-answers.schema.json', 'utf8'))).toEqual(answersSchema)
})

describe('answers', () => {
  it('are taken where all are there', async () => {
    expect(await check(good)).toEqual(good)
  })

  it('that are missing are listed in one error, with key, type and question', async () => {
    const said = await refusal({ inputs: {} })
    expect(said).toBe(`a.yaml does not answer 7 of what playbook main may ask:
inputs:
  ns: <namespace>   # Where? (NAME)
  extra: <cidr>   # Which range? (ADDRESS/BITS)
  call/node: <node>   # Which node? (NAME)
decisions:
  bad: <worst|fine>   # Bad?
approvals:
  gate: {by: <commander>, playbook: ${main.digest}}   # May gone be done?
confirm:
  call/cut: <true|false>   # does isolate
  gone: <name of what is destroyed>   # does kill
Answer it on a terminal, or in a file: --answers FILE (docs/playbooks.md). What is decided in it leaves out the other ways.`)
  })

  it('are not needed on ways that are decided against', async () => {
    await expect(check({ inputs: { ns: 'shop', extra: '::/0' }, decisions: { bad: 'fine' } })).resolves.toBeDefined()
  })

  it('any one that is left out is missed, and no other', async () => {
    const keys = Object.entries(good).flatMap(([section, some]) =>
      Object.keys(some).map((key) => [section, key] as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.subarray(keys, { minLength: 1 }), async (left) => {
        const answers = structuredClone(good) as Record<string, Record<string, unknown>>
        for (const [section, key] of left) delete answers[section]?.[key]
        const said = await refusal(answers)
        for (const [, key] of keys)
          expect(said.includes(`\n  ${key}: <`) || said.includes(`\n  ${key}: {`)).toBe(
            left.some(([, one]) => one === key),
          )
      }),
    )
  })

  it('a key that nothing asks for is a mistake, with its line and what was meant', async () => {
    const text = 'inputs:\n  ns: shop\n  extr: 10.0.0.0/8\nconfirm:\n  bad: true\n'
    expect(await refusal(text)).toContain('a.yaml:3: /inputs/extr: nothing asks for extr: did you mean extra?')
    expect(await refusal(text)).toContain('a.yaml:5: /confirm/bad: bad belongs under decisions')
    expect(await refusal('input: {}\n')).toContain('did you mean inputs?')
  })

  it.each([
    ['a case that is not there', { ...good, decisions: { bad: 'wurst' } }, 'did you mean worst?'],
    [
      'a value of another type',
      { ...good, inputs: { ...good.inputs, extra: '10.0.0.0/99' } },
      '/inputs/extra: "10.0.0.0/99" is no cidr',
    ],
    [
      'an approval of another playbook',
      { ...good, approvals: { gate: { by: 'boss', playbook: 'a'.repeat(64) } } },
      'another playbook',
    ],
    [
      'true for what destroys',
      { ...good, confirm: { ...good.confirm, gone: true } },
      'has to be named here, true is not enough',
    ],
  ])('%s is refused', async (_what, answers, says) => {
    expect(await refusal(answers)).toContain(says)
  })

  it('quotes make no difference to yes and no, in the answers nor in the playbook', async () => {
    for (const key of ['yes', '"yes"', 'true', 'on'])
      for (const word of ['yes', '"yes"', 'true', 'on']) {
        const cases = `{${key}: {label: go, next: end}, no: {label: not, next: end}}`
        const text = main.text.replace(
          /steps:[^]*/,
          `steps:\n  - {id: sure, type: decision, ask: "?", cases: ${cases}}\n`,
        )
        const read = await readPlaybook('a.yaml', text, actions)
        const written = await checkYaml(`inputs: {ns: shop}\ndecisions: {sure: ${word}}\n`, answersSchema)
        const { decisions } = await checkAnswers('a.yaml', written as never, { ...about, read })
        expect(decisions).toEqual({ sure: 'yes' })
        expect(read.playbook.steps).toMatchObject([{ cases: { yes: { label: 'go' }, no: { label: 'not' } } }])
      }
  })

  it('of a run that is gone on with are asked for where they are not known yet', async () => {
    const isSettled = ({ key }: { key: string }) => ['ns', 'extra', 'bad'].includes(key)
    const missing = await missingOf(noAnswers, { ...about, isSettled, decided: { bad: 'fine' } })
    expect(missing).toEqual([])
    expect(
      (await missingOf(noAnswers, { ...about, isSettled, decided: { bad: 'worst' } })).map(({ key }) => key),
    ).toEqual(['call/node', 'call/cut', 'gate', 'gone'])
    expect(missingAnswers('x', missing, main).message).toContain('0 of')
  })
})

describe('a value', () => {
  const input = (type: Input['type'], more: Partial<Input> = {}): Input => ({ type, ask: '?', ...more })
  const pod = { kind: 'Pod', namespace: 'shop', name: 'web-0' }
  it.each([
    [input('pod'), 'shop/web-0', undefined, pod],
    [input('pod'), 'web-0', 'shop', pod],
    [input('pod'), { namespace: 'shop', name: 'web-0', uid: 'u' }, undefined, { ...pod, uid: 'u' }],
    [input('workload'), 'deployment/web', 'shop', { kind: 'Deployment', namespace: 'shop', name: 'web' }],
    [input('workload'), 'shop/StatefulSets/db', undefined, { kind: 'StatefulSet', namespace: 'shop', name: 'db' }],
    [input('node'), 'n1', undefined, { kind: 'Node', name: 'n1' }],
    [input('subject'), 'sa:shop/web', undefined, 'sa:shop/web'],
    [input('bool'), false, undefined, false],
    [input('string', { pattern: 'INC-\\d+' }), 'INC-7', undefined, 'INC-7'],
  ])('%j takes %j', (one, value, namespace, wanted) => {
    expect(valueOf(one, value, namespace)).toEqual(wanted)
  })

  it.each([
    [input('pod'), 'other/web-0', 'shop', 'in the namespace shop, not in other'],
    [input('pod'), 'a/b/c', undefined, 'is no pod: write [NAMESPACE/]NAME'],
    [input('pod'), { kind: 'Secret', name: 'x' }, undefined, 'is no pod'],
    [input('workload'), 'web', 'shop', 'is no workload: write [NAMESPACE/]TYPE/NAME'],
    [input('namespace'), 'a/b', undefined, 'is no namespace'],
    [input('bool'), 'yes', undefined, 'is no bool'],
    [input('image-digest'), 'nginx:latest', undefined, 'is no image-digest'],
    [input('duration'), '1d', undefined, 'is no duration'],
    [input('enum', { values: ['soft', 'hard'] }), 'sof', undefined, 'did you mean soft?'],
    [input('subject'), 'jane', undefined, 'is not a subject'],
    [input('string', { pattern: 'INC-\\d+' }), 'INC-7\nx', undefined, 'is no string'],
  ])('%j refuses %j', (one, value, namespace, why) => {
    expect(() => valueOf(one, value, namespace)).toThrow(why)
  })

  it('of any type is one, or refused in words: never a crash', () => {
    const types = ['namespace', 'pod', 'workload', 'node', 'subject', 'cidr', 'duration', 'bool', 'string'] as const
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.jsonValue(), fc.option(fc.string()), (type, value, namespace) => {
        try {
          valueOf(input(type), value as never, namespace ?? undefined)
        } catch (error) {
          expect(error).toBeInstanceOf(SecureError)
        }
      }),
    )
  })
})

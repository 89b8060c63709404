import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'
import { actions } from '../../../src/playbook/actions/index.ts'
import type { Action, InputType } from '../../../src/playbook/model.ts'
import { inputTypes } from '../../../src/playbook/schema.ts'
import { drawCel, drawGuard, hostile, type Known } from './fuzz-cel.ts'

/** A playbook as a file may have it, and what somebody answers to it, in turn. */
export type Drawn = { playbook: Record<string, unknown>; choices: number[] }

const odd = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'a']
const pinned = ['name', 'namespace', 'uid', 'kind']
const objects = new Set<string>(['namespace', 'pod', 'workload', 'node', 'serviceaccount', 'secret'])
type Inputs = Record<string, Record<string, unknown> & { type: InputType }>

/** Playbooks by the schema and the registry, mostly right. Without the actions that are `left` out. */
export function drawnPlaybooks(left: readonly string[] = [], name = 'own'): fc.Arbitrary<Drawn> {
  const able = Object.values(actions).filter((action) => !left.includes(action.name))
  return fc.tuple(fc.gen(), fc.array(fc.nat(999), { minLength: 8, maxLength: 40 })).map(([g, choices]) => ({
    playbook: drawPlaybook(g, able, name),
    choices,
  }))
}

function drawPlaybook(g: GeneratorValue, able: readonly Action[], name: string): Record<string, unknown> {
  const inputs = drawInputs(g)
  const count = g(fc.integer, { min: 1, max: 7 })
  const ids = Array.from({ length: count }, (_, at) => (g(fc.nat, 12) === 0 ? (odd[at] ?? 'b') : `s${at}`))
  const known: Known[] = Object.entries(inputs).map(([key, { type }]) => ({
    name: `inputs.${key}`,
    fields: objects.has(type) ? pinned : [],
  }))
  const steps: Record<string, unknown>[] = []
  for (const [at, id] of ids.entries()) {
    const { step, fields } = drawStep(g, { able, inputs, known, ids, at, steps, own: name })
    steps.push({ id, ...drawHead(g, known, ids.slice(at + 1)), ...step })
    known.push({ name: `steps.${id}`, fields })
  }
  const metadata = { name, version: '1.0.0', title: g(fc.constantFrom, 'Ours', ...hostile.slice(0, -1)) }
  return { apiVersion: 'kubectl-secure.github.io/v1', kind: 'Playbook', metadata, inputs, steps }
}

function drawInputs(g: GeneratorValue): Inputs {
  const types = inputTypes.filter(
    (type) =>
      g(fc.nat, objects.has(type) || type === 'subject' || type === 'image-digest' ? 4 : 2) > 0 || type === 'namespace',
  )
  const inputs: Inputs = { pod: { type: 'pod', ask: 'Which?' } }
  for (const [at, type] of types.entries()) {
    const name = g(fc.nat, 9) === 0 ? (odd[at] ?? 'b') : `i${at}`
    inputs[name] = {
      type,
      ask: g(fc.constantFrom, 'Which?', ...hostile.slice(0, -1)),
      ...(type === 'enum' && { values: ['one', 'two', hostile[0]] }),
      ...(type === 'string' && g(fc.boolean) && { pattern: g(fc.constantFrom, '.*', '.+', '(') }),
      ...(g(fc.nat, 5) === 0 && { optional: true }),
      ...(g(fc.nat, 9) === 0 && { default: g(fc.jsonValue, { maxDepth: 1 }) }),
      ...(g(fc.nat, 25) === 0 && {
        namespace: g(fc.constantFrom, 'shop', '${{ inputs.i0 }}', '${{ inputs.pod }}', hostile[4]),
      }),
    }
  }
  return inputs
}

function drawHead(g: GeneratorValue, known: Known[], later: string[]): object {
  return {
    ...(g(fc.nat, 4) === 0 && { when: drawGuard(g, known) }),
    ...(g(fc.nat, 9) === 0 && { title: g(fc.constantFrom, ...hostile.slice(0, -1)) }),
    ...(g(fc.nat, 40) === 0 && { next: g(fc.constantFrom, ...later, 'end') }),
  }
}

type About = {
  able: readonly Action[]
  inputs: Inputs
  known: Known[]
  ids: string[]
  at: number
  steps: Record<string, unknown>[]
  own: string
}

function drawStep(g: GeneratorValue, about: About): { step: object; fields: string[] } {
  const { able, known, ids, at, own } = about
  const [below = 'end', ...later] = ids.slice(at + 1)
  const text = () => `${g(fc.constantFrom, 'It is ', ...hostile)}\${{ ${drawCel(g, known, 1)} }}`
  const far = () => g(fc.constantFrom, below, ...later, 'end')
  const said = (step: object, ...fields: string[]) => ({ step, fields })
  const failing = () => (g(fc.nat, 4) > 0 ? 'continue' : g(fc.constantFrom, 'stop', far()))
  const questions = able.filter(({ kind }) => kind === 'question')
  const changes = able.filter(({ kind }) => kind === 'change')
  const call = () => {
    const action = g(fc.constantFrom, ...(g(fc.boolean) ? changes : able))
    const destroys = action.kind === 'change' && action.destroys
    const evidence = about.steps.find(({ run }) => run === 'evidence.collect')?.['id']
    const step = {
      type: 'command',
      run: action.name,
      with: drawWith(g, action, about),
      ...(g(fc.nat, 3) > 0 && { onFail: failing() }),
      ...(destroys && {
        destroys: ['its memory'],
        requires: [evidence ?? 'nobody'],
      }),
    }
    return said(step, ...Object.keys(action.outputs))
  }
  const verify = () => {
    const action = g(fc.constantFrom, ...questions)
    const outputs: Known = { name: 'outputs', fields: Object.keys(action.outputs) }
    const until = drawGuard(g, [outputs, ...known])
    const step = { type: 'verify', run: action.name, with: drawWith(g, action, about), until, timeout: '3s' }
    return said({ ...step, ...(g(fc.boolean) && { onTimeout: failing() }) }, 'verified', ...outputs.fields)
  }
  const cases = () => ({
    one: { label: 'one', next: below },
    two: { label: g(fc.constantFrom, ...hostile.slice(0, -1)), next: far() },
  })
  const kind = g(fc.nat, 19)
  if (kind < 9) return call()
  if (kind < 11) return verify()
  if (kind < 13)
    return said(
      {
        type: 'get',
        kind: g(fc.constantFrom, 'Pod', 'Secret', 'Node', 'Nobody', 'constructor'),
        name: '${{ inputs.pod.name }}',
        namespace: '${{ inputs.pod.namespace }}',
      },
      'exists',
      'metadata',
      'spec',
    )
  if (kind === 13) return said({ type: 'decision', ask: text(), cases: cases() }, 'choice')
  if (kind === 14)
    return said(
      { type: 'prompt', input: { type: g(fc.constantFrom, 'pod', 'string', 'secret', 'bool'), ask: 'Which?' } },
      'value',
    )
  if (kind === 15) return said({ type: 'approval', role: 'boss', ask: text(), covers: [below] }, 'by')
  if (kind === 16) return said({ type: 'wait', for: '1s', why: text() })
  if (kind === 17)
    return said({ type: 'notify', channel: g(fc.constantFrom, 'incident', '__proto__'), message: text() }, 'sent')
  if (kind === 18)
    return said(
      { type: 'call', playbook: g(fc.constantFrom, 'sub', 'sub', own, '../own'), with: { pod: '${{ inputs.pod }}' } },
      'state',
      'steps',
    )
  return said({ type: 'note', text: text() })
}

function drawWith(g: GeneratorValue, action: Action, about: About): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [name, parameter] of Object.entries(action.with)) {
    if (!parameter.required && g(fc.nat, 2) > 0) continue
    given[name] = drawValue(g, parameter, about)
  }
  if (g(fc.nat, 40) === 0) given[g(fc.constantFrom, 'nobody', 'constructor')] = 1
  return given
}

function drawValue(g: GeneratorValue, { type, values }: Action['with'][string], { inputs, known }: About): unknown {
  if (g(fc.nat, 12) === 0) return `\${{ ${drawCel(g, known, 2)} }}`
  if (g(fc.nat, 30) === 0) return g(fc.jsonValue, { maxDepth: 2 })
  if (values) return g(fc.constantFrom, ...values)
  if (type === 'bool') return g(fc.boolean)
  if (type === 'number') return g(fc.nat, 5)
  const fitting = Object.entries(inputs).filter(
    ([, input]) => input.type === type || (type === 'object' && objects.has(input.type)),
  )
  if (type === 'list') {
    const some = Object.entries(inputs).filter(([, input]) => objects.has(input.type) || input.type === 'subject')
    return `\${{ [inputs.${g(fc.constantFrom, 'pod', 'pod', ...some.map(([key]) => key))}] }}`
  }
  if (fitting.length > 0) return `\${{ inputs.${g(fc.constantFrom, ...fitting.map(([key]) => key))} }}`
  return g(fc.constantFrom, 'get', 'pods', 'sa:shop/web', 'exec', ...hostile)
}

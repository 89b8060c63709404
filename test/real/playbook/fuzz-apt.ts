import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'
import type { InputType } from '../../../src/playbook/model.ts'
import { drawGuard, hostile } from '../../unit/playbook/fuzz-cel.ts'
import type { Drawn } from '../../unit/playbook/fuzz-draw.ts'
import { destroying, type Inputs, recipes } from './fuzz-recipes.ts'

/** `gate`: what destroys has no evidence of it. `object`: the inputs are any objects of their types. */
export type Fault = 'none' | 'gate' | 'object'

/** Playbooks that take evidence and change what is on the stage of fuzz-stage.ts, one thing after another; nothing but answers is between them and their plans. */
export function aptPlaybooks(fault: Fault): fc.Arbitrary<Drawn> {
  return fc.tuple(fc.gen(), fc.array(fc.nat(999), { minLength: 8, maxLength: 40 })).map(([g, choices]) => ({
    playbook: drawApt(g, fault),
    choices,
  }))
}

const types: Record<keyof Inputs, InputType> = {
  place: 'namespace',
  node: 'node',
  bare: 'pod',
  account: 'serviceaccount',
  stateful: 'workload',
  deployment: 'workload',
  cron: 'workload',
  leaked: 'secret',
  fresh: 'secret',
  subject: 'subject',
  digest: 'image-digest',
}

function drawApt(g: GeneratorValue, fault: Fault): Record<string, unknown> {
  // Answers to these names are the objects that are meant; to others, any of the type.
  const named = Object.entries(types).map(([name, type]) => [name, fault === 'object' ? `any_${name}` : name, type])
  const inputs = Object.fromEntries(named.map(([, name, type]) => [name, { type, ask: 'Which?' }]))
  const refs = Object.fromEntries(named.map(([key, name]) => [key, `inputs.${name}`])) as Inputs
  const count = g(fc.integer, { min: 2, max: 4 })
  const steps = Array.from({ length: count }, (_, at) => drawAct(g, refs, fault, at)).flat()
  const metadata = { name: 'own', version: '1.0.0', title: g(fc.constantFrom, 'Ours', ...hostile.slice(0, -1)) }
  return { apiVersion: 'kubectl-secure.github.io/v1', kind: 'Playbook', metadata, inputs, steps }
}

/** One change, with the evidence that it needs before it, and what is asked afterwards. */
function drawAct(g: GeneratorValue, inputs: Inputs, fault: Fault, at: number): Record<string, unknown>[] {
  const all = recipes(g, inputs)
  const run = g(fc.constantFrom, ...(fault === 'gate' ? destroying : Object.keys(all)))
  const { with: given, pods } = all[run]?.() ?? { with: {} }
  const [change, proof] = [`change${at}`, `proof${at}`]
  const known = at === 0 ? [] : [{ name: `steps.change${at - 1}`, fields: [] }]
  const isElsewhere = fault === 'gate' && g(fc.boolean)
  const other = pods?.includes(inputs.bare) ? `[${inputs.stateful}]` : `[${inputs.bare}]`
  const evidence = {
    id: proof,
    type: 'command',
    run: 'evidence.collect',
    with: { target: `\${{ ${isElsewhere ? other : pods} }}` },
    ...(fault === 'gate' && !isElsewhere && { when: 'false' }),
    onFail: 'continue',
  }
  const gate = { destroys: ['its memory'], requires: [proof] }
  const command = {
    id: change,
    type: 'command',
    run,
    ...(g(fc.nat, 5) === 0 && { title: g(fc.constantFrom, ...hostile.slice(0, -1)) }),
    ...(g(fc.nat, 7) === 0 && { when: drawGuard(g, known) }),
    with: given,
    ...(g(fc.nat, 9) > 0 && { onFail: 'continue' }),
    ...(pods !== undefined && gate),
  }
  const approval = { id: `sure${at}`, type: 'approval', role: 'boss', ask: 'Sure?', covers: [change] }
  const asks = run === 'isolate' || run === 'lockdown'
  const verify = {
    id: `check${at}`,
    type: 'verify',
    ...(run === 'isolate'
      ? { run: 'isolation.status', with: { plan: `\${{ steps.${change}.plan }}` } }
      : { run: 'lockdown.status', with: { namespace: `\${{ ${inputs.place} }}` } }),
    until: 'outputs.inForce',
    timeout: '3s',
    onTimeout: 'continue',
  }
  return [
    ...(pods === undefined ? [] : [evidence]),
    ...(g(fc.nat, 9) === 0 ? [approval] : []),
    command,
    ...(asks && g(fc.boolean) ? [verify] : []),
  ]
}

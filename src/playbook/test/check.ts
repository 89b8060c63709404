import type { Json } from '../../change/plan.ts'
import type { Complaint } from '../../schema/checked-yaml.ts'
import { withSuggestion } from '../../schema/checked-yaml.ts'
import { answersOf, wrongIn } from '../answers.ts'
import { isOf, type Registry } from '../check-action.ts'
import type { Action, Step } from '../model.ts'
import { needsOf } from '../needs.ts'
import type { Read } from '../read.ts'
import { type Library, stopsOf } from '../stops.ts'
import type { Stated, TestAnswers, TestFile } from './model.ts'

type Told = Omit<Complaint, 'line'>
type About = { read: Read; library: Library; actions: Registry }

/** What a schema cannot say of a test: that its steps, answers and outputs are of its playbook. */
export async function checkTest(file: TestFile, about: About): Promise<Told[]> {
  const stops = new Map((await stopsOf(about.read, about.library)).map(({ key, step }) => [key, step]))
  const needs = await needsOf(about.read, about.library, about.actions)
  const ofAnswers = (answers: TestAnswers = {}) =>
    wrongIn(answersOf(withDigest(answers, about.read)), needs, about.read.digest)
  const ofSetting = ({ answers, outcomes = {} }: Pick<TestFile, 'answers' | 'outcomes'>): Told[] => [
    ...ofAnswers(answers).map((one) => ({ ...one, pointer: `answers${one.pointer}` })),
    ...Object.entries(outcomes).flatMap(([key, stated]) => {
      const pointer = `outcomes/${escaped(key)}`
      const step = stops.get(key)
      return step
        ? ofStated(stated, step, about.actions).map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` }))
        : [{ pointer, why: unknown(key, stops.keys()) }]
    }),
  ]
  const under = (pointer: string, told: Told[]) => told.map((one) => ({ ...one, pointer: `${pointer}/${one.pointer}` }))
  const names = new Set<string>()
  return [
    ...under('', ofSetting(file)),
    ...file.cases.flatMap((one, at) => {
      const isTwice = names.size === names.add(one.name).size
      return under(`/cases/${at}`, [
        ...(isTwice ? [{ pointer: 'name', why: `there is a case "${one.name}" already` }] : []),
        ...ofSetting(one),
        ...ofExpected(one.expect, stops),
      ])
    }),
  ]
}

/** An approval in a test is of the playbook as it is: it would be another one after each change otherwise. */
function withDigest({ approvals = {}, ...answers }: TestAnswers, { digest }: Read) {
  const whole = Object.entries(approvals).map(([key, { by }]) => [key, { by, playbook: digest }])
  return { ...answers, approvals: Object.fromEntries(whole) as Record<string, { by: string; playbook: string }> }
}

function ofStated({ fails, outputs, complete }: Stated, step: Step, actions: Registry): Told[] {
  const action = 'run' in step ? actions[step.run] : undefined
  const told: Told[] = []
  if (fails !== undefined && !['command', 'verify', 'approval', 'notify'].includes(step.type))
    told.push({ pointer: '/fails', why: `a ${step.type} does not fail` })
  if (fails !== undefined && (outputs || complete !== undefined))
    told.push({ pointer: '/fails', why: 'what fails gives nothing: either fails, or what it gives' })
  if (complete !== undefined && action?.kind !== 'evidence')
    told.push({ pointer: '/complete', why: 'only evidence is complete or not' })
  if (outputs && !action) told.push({ pointer: '/outputs', why: `a ${step.type} calls no action` })
  if (outputs && action) told.push(...ofOutputs(outputs, action))
  return told
}

// Of every change it is known how it ended.
const states = ['applied', 'partial', 'failed']

function ofOutputs(outputs: Record<string, Json>, action: Action): Told[] {
  const known = Object.keys(action.outputs)
  return Object.entries(outputs).flatMap(([name, value]): Told[] => {
    const pointer = `/outputs/${escaped(name)}`
    if (name === 'state' && action.kind === 'change')
      return states.some((state) => state === value) ? [] : [{ pointer, why: `it is one of ${states.join(', ')}` }]
    const output = Object.hasOwn(action.outputs, name) ? action.outputs[name] : undefined
    if (!output) return [{ pointer, why: withSuggestion(`${action.name} gives no ${name}`, name, known) }]
    const isRight = value === null || isObjectType(output.type) || isOf(output.type, value)
    return isRight ? [] : [{ pointer, why: `${action.name} gives a ${output.type} for ${name}` }]
  })
}

// They are pinned, and may be written as that or by name.
const isObjectType = (type: string): boolean =>
  ['namespace', 'pod', 'workload', 'node', 'serviceaccount', 'secret'].includes(type)

function ofExpected(expect: TestFile['cases'][number]['expect'], stops: ReadonlyMap<string, Step>): Told[] {
  const { path, calls = {}, changes = {} } = expect
  const written = path.map((one, at) => ({
    key: typeof one === 'string' ? one : (Object.keys(one)[0] ?? ''),
    pointer: `expect/path/${at}`,
  }))
  const named = [
    ...Object.keys(calls).map((key) => ({ key, pointer: `expect/calls/${escaped(key)}` })),
    ...Object.keys(changes).map((key) => ({ key, pointer: `expect/changes/${escaped(key)}` })),
  ]
  return [...written, ...named].flatMap(({ key, pointer }) =>
    stops.has(key) ? [] : [{ pointer, why: unknown(key, stops.keys()) }],
  )
}

const unknown = (key: string, known: Iterable<string>): string => withSuggestion(`there is no step ${key}`, key, known)
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

import type { Chain } from '../../durable/chain-file.ts'
import type { Entry as PlanLine } from '../../change/journal/entry.ts'
import type { Json } from '../../change/plan.ts'
import type { Scope } from '../expression.ts'
import type { Step } from '../model.ts'
import type { Read } from '../read.ts'
import type { Entry, Recorded, StepEnd } from '../run/entry.ts'
import { argsOf, textOf } from '../run/walk.ts'
import type { EvidenceOfRun } from './model.ts'

/** A step of the playbook that was run, and what its expressions see. */
export type KnownStep = { step: Step; scope: Scope }

/** All that a report is made of, read. */
export type Records = {
  folder: string
  journal: Chain<Entry>
  begin: Recorded & Extract<Entry, { type: 'begin' }>
  /** By key; empty where the playbook that was run is not there any more. */
  steps: ReadonlyMap<string, KnownStep>
  /** The playbooks that were run, that of the run first. */
  playbooks: readonly Read[]
  /** By the id of the plan; absent: there is none on this machine. */
  plans: ReadonlyMap<string, { file: string; chain: Chain<PlanLine> } | { file: string; why: string }>
  /** Of sealed evidence, by the file that the journal names: where it lies, and what lies there now. */
  bundles: ReadonlyMap<string, { path: string; now: EvidenceOfRun['now'] }>
}

export const seconds = (begin: { at: string }, at: string): number => (Date.parse(at) - Date.parse(begin.at)) / 1000

/** How steps ended, the last word on each, in the order in which they did. */
export function endsIn(entries: readonly Recorded[]): (Recorded & StepEnd)[] {
  const ends = new Map<string, Recorded & StepEnd>()
  for (const entry of entries) {
    if (entry.type !== 'done') continue
    ends.delete(entry.step)
    ends.set(entry.step, entry)
  }
  return [...ends.values()]
}

/**
 * The steps of a run by their keys, those of calls too, with what their expressions see. `called` gives the playbook of a name, where it still is the one of
 * that digest.
 */
export async function stepsOf(
  { playbook }: Read,
  entries: readonly Recorded[],
  called: (name: string, digest: Json) => Promise<Read | undefined>,
): Promise<{ steps: Map<string, KnownStep>; playbooks: Read[] }> {
  const steps = new Map<string, KnownStep>()
  const playbooks: Read[] = []
  const answers = new Map(entries.flatMap((entry) => (entry.type === 'input' ? [[entry.name, entry.value]] : [])))
  const outputs = new Map(endsIn(entries).map((end) => [end.step, end.outputs]))
  const digests = new Map(
    entries.flatMap((entry) =>
      entry.type === 'note' && entry.kind === 'call' && entry.step !== undefined ? [[entry.step, entry.data]] : [],
    ),
  )
  await place(playbook, '', {})
  return { steps, playbooks }

  async function place(one: Read['playbook'], prefix: string, given: Record<string, Json>): Promise<void> {
    const inputs = Object.fromEntries(
      Object.keys(one.inputs ?? {}).map((name) => [
        name,
        (Object.hasOwn(given, name) ? given[name] : undefined) ?? answers.get(`${prefix}${name}`) ?? null,
      ]),
    )
    const seen = one.steps.flatMap(({ id }) => {
      const known = outputs.get(`${prefix}${id}`)
      return known === undefined ? [] : [[id, known] as const]
    })
    const scope: Scope = { inputs, steps: Object.fromEntries(seen) }
    for (const step of one.steps) {
      const key = `${prefix}${step.id}`
      steps.set(key, { step, scope })
      const digest = step.type === 'call' ? digests.get(key) : undefined
      if (step.type !== 'call' || digest === undefined) continue
      const sub = await called(step.playbook, digest)
      if (!sub) continue
      playbooks.push(sub)
      await place(sub.playbook, `${key}/`, await argsOf(step.with, scope, key).catch(() => ({})))
    }
  }
}

/** What a text of a step said, with what was in its holes; as it is written, where that is not known any more. */
export async function saidBy(known: KnownStep | undefined, key: string, text: string): Promise<string> {
  return known ? await textOf(text, known.scope, key).catch(() => text) : text
}

/** The action that a step calls, as far as the playbook is known. */
export function actionOf({ steps }: Pick<Records, 'steps'>, key: string): string | undefined {
  const step = steps.get(key)?.step
  return step && 'run' in step ? step.run : undefined
}

/** The texts of a list of an output; what is none is shown as JSON. */
export function textsAt(outputs: Json | null, name: string): string[] {
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return []
  const list = outputs[name]
  if (!Array.isArray(list)) return []
  return list.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
}

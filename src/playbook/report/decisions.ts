import { digestOf } from '../run/carry-command.ts'
import type { Entry, Recorded } from '../run/entry.ts'
import type { Decision } from './model.ts'
import { type Records, saidBy, seconds } from './records.ts'

/** What people were asked and answered, in their order. */
export async function decisionsOf(records: Records): Promise<Decision[]> {
  const found: Decision[] = []
  for (const entry of records.journal.entries) {
    const moment = { at: entry.at, seconds: seconds(records.begin, entry.at) }
    if (entry.type === 'input') found.push({ ...moment, ...inputOf(records, entry) })
    if (entry.type === 'answer') found.push({ ...moment, ...(await answerOf(records, entry)) })
  }
  return found
}

type Asked = Omit<Decision, 'at' | 'seconds'>

function inputOf({ steps, playbooks }: Records, { name, value }: Extract<Entry, { type: 'input' }>): Asked {
  const step = steps.get(name)?.step
  const prefix = name.lastIndexOf('/')
  const own = prefix < 0 ? playbooks[0]?.playbook.inputs?.[name] : undefined
  const question = step?.type === 'prompt' ? step.input.ask : (own?.ask ?? name.slice(prefix + 1))
  return { step: name, kind: 'input', question, answer: value, plans: [] }
}

async function answerOf(records: Records, entry: Recorded & Extract<Entry, { type: 'answer' }>): Promise<Asked> {
  const { step: key, by, value, plans = [] } = entry
  const known = records.steps.get(key)
  const { step } = known ?? {}
  const head = { step: key, answer: value, by, plans: plans.map((digest) => answeredFor(records, digest)) }
  const ask = async (text: string) => await saidBy(known, key, text)
  if (step?.type === 'decision') {
    const chosen = typeof value === 'string' && Object.hasOwn(step.cases, value) ? step.cases[value]?.label : undefined
    const label = chosen === undefined ? {} : { label: chosen }
    return { ...head, kind: 'decision', question: await ask(step.ask), ...label }
  }
  if (step?.type === 'approval') {
    const question = await ask(step.ask ?? `May ${step.covers.join(', ')} be done?`)
    return { ...head, kind: 'approval', question, role: step.role, covers: step.covers }
  }
  const isOfPlan = step?.type === 'command' || (typeof value === 'boolean' && plans.length > 0)
  if (isOfPlan) return { ...head, kind: 'confirmation', question: 'May the plan as shown be carried out?' }
  return { ...head, kind: typeof value === 'boolean' ? 'approval' : 'decision', question: key }
}

// What was applied is looked at anew: a digest alone is what somebody wrote down.
function answeredFor({ journal, plans }: Records, digest: string): Decision['plans'][number] {
  const announced = journal.entries.find((entry) => entry.type === 'plan' && entry.digest === digest)
  if (announced?.type !== 'plan') return { digest }
  const known = plans.get(announced.planId)
  const begin = known && 'chain' in known ? known.chain.entries[0] : undefined
  const isSame = begin?.type === 'begin' ? { isSame: digestOf(begin.plan) === digest } : {}
  return { digest, plan: announced.planId, ...isSame }
}

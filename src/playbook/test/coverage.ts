import type { Playbook, Step } from '../model.ts'
import type { Trace } from './model.ts'

/** Ways through a playbook, and those that no case takes, in words. Those in playbooks that it calls are theirs. */
export type Coverage = { ways: number; missing: string[] }

/** Whether every step is taken, every case chosen, and every guard and failure gone both ways. Pure. */
export function coverageOf({ steps }: Playbook, traces: readonly Trace[]): Coverage {
  const taken = new Set(traces.flatMap(waysTaken))
  const ways = steps.flatMap(waysOf)
  return { ways: ways.length, missing: ways.filter(({ id }) => !taken.has(id)).map(({ text }) => text) }
}

type Way = { id: string; text: string }

function waysOf(step: Step): Way[] {
  const { id, when } = step
  const ways: Way[] = [{ id: `${id} done`, text: `${id}: no case ${canFail(step) ? 'has it succeed' : 'takes it'}` }]
  if (when !== undefined) ways.push({ id: `${id} skipped`, text: `${id}: in no case it is skipped (when: ${when})` })
  const [field, to] = failing(step)
  if (to !== undefined && to !== 'stop')
    ways.push({ id: `${id} failed`, text: `${id}: in no case it fails (${field}: ${to})` })
  if (step.type === 'decision')
    for (const name of Object.keys(step.cases))
      ways.push({ id: `${id} chosen ${name}`, text: `${id}: nobody decides ${name}` })
  return ways
}

const canFail = (step: Step): boolean => failing(step)[1] !== undefined

function failing(step: Step): [field: string, to: string | undefined] {
  if (step.type === 'command') return ['onFail', step.onFail]
  return step.type === 'verify' ? ['onTimeout', step.onTimeout] : ['', undefined]
}

function waysTaken({ entries }: Trace): string[] {
  return entries.flatMap((entry) => {
    if (entry.type !== 'done') return []
    const choice = entry.outputs?.['choice']
    const way = `${entry.step} ${entry.outcome}`
    return typeof choice === 'string' ? [way, `${entry.step} chosen ${choice}`] : [way]
  })
}

import type { RunStatus, StatusReport } from '../change/reports.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import { type Level, levels } from './model.ts'
import type { Opened } from './opened.ts'
import type { Promised } from './promise.ts'

/** One lockdown of a namespace, as it stands now. */
export type RunStanding = {
  plan: string
  level: Level
  /** Whether all that is known of it is its record in the cluster, which may be made up. */
  records: RunStatus['records']
  state: RunStatus['state']
  who: string
  when: string
  incident?: string
  /** Where the cluster is not any more as the run left it; of all its namespaces. */
  drift: string[]
  /** What is open in the namespace although this lockdown closes it, whoever opened it. */
  open: Opened[]
  /** What an undo left as it was, and why; of all its namespaces. */
  left: string[]
}

/** One namespace, and the lockdowns of it that are in force, or not wholly taken back. */
export type LockdownStatus = { namespace: string; runs: RunStanding[] }

export type LockdownStatusReport = {
  apiVersion: typeof apiVersion
  kind: 'LockdownStatusReport'
  namespaces: LockdownStatus[]
  gaps: StatusReport['gaps']
  complete: boolean
}

/** What was looked at in the cluster beside the runs' own objects: what each is to leave, and what is open, by plan and namespace. */
export type Looked = {
  promised(plan: string): Promised | undefined
  opened(plan: string, namespace: string): Opened[]
  gaps: readonly Gap[]
}

/** Which namespaces are closed, by which runs, by what `status` says of all runs; `wanted` are also named where they are not. Pure. */
export function lockdownStatus(
  { apiVersion: version, runs, gaps }: StatusReport,
  wanted: readonly string[],
  looked: Looked,
): LockdownStatusReport {
  const found = new Map<string, LockdownStatus>(wanted.map((namespace) => [namespace, { namespace, runs: [] }]))
  for (const run of runs.filter(isStanding)) {
    const { plan, records, state, who, when, incident, drift, command } = run
    const promised = looked.promised(plan)
    for (const namespace of namespacesOf(run, promised)) {
      if (wanted.length > 0 && !wanted.includes(namespace)) continue
      const entry = found.get(namespace) ?? { namespace, runs: [] }
      found.set(namespace, entry)
      entry.runs.push({
        plan,
        level: promised?.level ?? levelIn(command),
        records,
        state,
        who,
        when,
        ...(incident === undefined ? {} : { incident }),
        drift,
        open: looked.opened(plan, namespace),
        left: leftIn(run),
      })
    }
  }
  const all = [...gaps, ...looked.gaps]
  return {
    apiVersion: version,
    kind: 'LockdownStatusReport',
    namespaces: [...found.values()].toSorted((one, other) => (one.namespace < other.namespace ? -1 : 1)),
    gaps: [...new Map(all.map((gap) => [JSON.stringify([gap.what, gap.why]), gap])).values()],
    complete: all.length === 0,
  }
}

/** Whether something of a lockdown is in force, or was left by its undo. */
export function isStanding({ command, state, drift }: RunStatus): boolean {
  return command[0] === 'lockdown' && (state !== 'undone' || drift.length > 0)
}

/**
 * Whether the namespaces are as closed as their lockdowns are to leave them: `no` where one is not, whatever could not be read; `unknown` where
 * that could change the answer.
 */
export function isClosed({ namespaces, complete }: LockdownStatusReport): 'yes' | 'no' | 'unknown' {
  const runs = namespaces.flatMap((one) => one.runs)
  if (runs.some(({ state, drift, open }) => state !== 'applied' || drift.length > 0 || open.length > 0)) return 'no'
  if (!complete) return 'unknown'
  return namespaces.every((one) => one.runs.length > 0) ? 'yes' : 'no'
}

/** The namespaces that a run is about. */
export function namespacesOf({ steps }: RunStatus, promised: Promised | undefined): string[] {
  if (promised) return promised.namespaces.map(({ namespace }) => namespace)
  // Canaries are in others' namespaces too: what lasts has ids of the namespace's own (plan.ts).
  // A quarantine also takes subjects out of bindings elsewhere, which closes nothing there.
  const lasting = steps.filter(({ change, ref }) => /^n\d+-/.test(change) && !ref.kind.endsWith('Binding'))
  const names = lasting.map(({ ref }) => (ref.kind === 'Namespace' ? ref.name : (ref.namespace ?? '')))
  return [...new Set(names)].filter((name) => name !== '')
}

function leftIn({ state, steps }: RunStatus): string[] {
  if (state !== 'partly-undone') return []
  return steps.flatMap(({ left = [] }) =>
    left.map(({ ref, path, why }) => `${ref.kind} ${ref.name}${path.length > 0 ? ` ${path.join('.')}` : ''}: ${why}`),
  )
}

function levelIn(command: readonly string[]): Level {
  const at = command.findIndex((word) => word === '--level' || word.startsWith('--level='))
  const word = command[at] ?? ''
  const typed = word.includes('=') ? word.slice(word.indexOf('=') + 1) : command[at + 1]
  return levels.find((level) => at >= 0 && level === typed) ?? 'baseline'
}

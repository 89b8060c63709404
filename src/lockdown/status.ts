import type { RunStatus, StatusReport } from '../change/reports.ts'
import type { apiVersion } from '../snapshot/snapshot.ts'
import { type Level, levels } from './model.ts'

/** One namespace, and the lockdowns of it that are in force, or not wholly taken back. */
export type LockdownStatus = {
  namespace: string
  runs: {
    plan: string
    level: Level
    state: RunStatus['state']
    who: string
    when: string
    incident?: string
    /** Where the cluster is not any more as the run left it; of all its namespaces. */
    drift: string[]
  }[]
}

export type LockdownStatusReport = {
  apiVersion: typeof apiVersion
  kind: 'LockdownStatusReport'
  namespaces: LockdownStatus[]
  gaps: StatusReport['gaps']
  complete: boolean
}

/** Which namespaces are closed, by which runs, by what `status` says of all runs; `wanted` are also named where they are not. Pure. */
export function lockdownStatus(
  { apiVersion: version, runs, gaps }: StatusReport,
  wanted: readonly string[],
): LockdownStatusReport {
  const found = new Map<string, LockdownStatus>(wanted.map((namespace) => [namespace, { namespace, runs: [] }]))
  for (const run of runs) {
    if (run.command[0] !== 'lockdown' || (run.state === 'undone' && run.drift.length === 0)) continue
    const { plan, state, who, when, incident, drift, command } = run
    for (const namespace of namespacesOf(run)) {
      if (wanted.length > 0 && !wanted.includes(namespace)) continue
      const entry = found.get(namespace) ?? { namespace, runs: [] }
      found.set(namespace, entry)
      entry.runs.push({
        plan,
        level: levelIn(command),
        state,
        who,
        when,
        ...(incident === undefined ? {} : { incident }),
        drift,
      })
    }
  }
  return {
    apiVersion: version,
    kind: 'LockdownStatusReport',
    namespaces: [...found.values()].toSorted((one, other) => (one.namespace < other.namespace ? -1 : 1)),
    gaps,
    complete: gaps.length === 0,
  }
}

/** Canaries are in others' namespaces too: what lasts has ids of the namespace's own (plan.ts). */
function namespacesOf({ steps }: RunStatus): string[] {
  // A quarantine also takes subjects out of bindings elsewhere, which closes nothing there.
  const lasting = steps.filter(({ change, ref }) => /^n\d+-/.test(change) && !ref.kind.endsWith('Binding'))
  const names = lasting.map(({ ref }) => (ref.kind === 'Namespace' ? ref.name : (ref.namespace ?? '')))
  return [...new Set(names)].filter((name) => name !== '')
}

function levelIn(command: readonly string[]): Level {
  const at = command.findIndex((word) => word === '--level' || word.startsWith('--level='))
  const word = command[at] ?? ''
  const typed = word.includes('=') ? word.slice(word.indexOf('=') + 1) : command[at + 1]
  return levels.find((level) => at >= 0 && level === typed) ?? 'baseline'
}

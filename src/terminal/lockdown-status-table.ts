import type { LockdownStatusReport } from '../lockdown/status.ts'
import { ageOf } from './age.ts'
import { formatTable } from './table.ts'

/** Which namespaces are closed, a line a lockdown; `wide` says what has drifted. */
export function lockdownStatusTable(
  { namespaces }: LockdownStatusReport,
  { wide, width, now }: { wide: boolean; width: number | undefined; now: Date },
): string {
  const rows = namespaces.flatMap(({ namespace, runs }) =>
    runs.length === 0
      ? [[namespace, 'none', '-', '-', '-', '-', '-']]
      : runs.map(({ level, state, drift, who, when, plan, incident = '-' }) => [
          namespace,
          level,
          state,
          wide ? drift.join('; ') || 'none' : String(drift.length),
          who,
          wide ? when : ageOf(when, now),
          `${plan}${incident === '-' ? '' : ` (${incident})`}`,
        ]),
  )
  return formatTable(['NAMESPACE', 'LEVEL', 'STATE', 'DRIFT', 'WHO', wide ? 'WHEN' : 'AGE', 'PLAN'], rows, width)
}

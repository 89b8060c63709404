import type { Gap } from '../snapshot/snapshot.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { PathsRow, Target } from './report.ts'
import { formatTarget } from './target.ts'

/** Of which targets there is no path of so few hops: that says nothing of longer ones. Raw texts. */
export function noneWithin(
  most: number,
  targets: readonly Target[],
  rows: readonly PathsRow[],
  gaps: readonly Gap[],
): string[] {
  const found = new Set(rows.flatMap(({ to, count }) => (count === 0 ? [] : [to])))
  const where = gaps.length === 0 ? '' : ' in what could be read'
  return targets
    .filter((to) => !found.has(to))
    .map((to) => `no path of at most ${most} ${most === 1 ? 'hop' : 'hops'}${where} to ${formatTarget(to)}`)
}

/** That the cluster's own subjects were not asked about. */
export function leftOut({ systemSubjects }: Bootstrap): string {
  return `${systemSubjects.size} subjects that only the cluster's own bindings name are left out (--from asks about one)`
}

import type { Change } from '../change/plan.ts'
import { applyChanges } from '../change/planned.ts'
import { metaOf } from '../isolation/raw.ts'
import { worldOf } from '../network/decode-world.ts'
import { diffReach } from '../network/diff-reach.ts'
import { enforcementOf } from '../network/enforcer.ts'
import { networkOf } from '../network/network.ts'
import type { ReachDiffReport, ReachDiffRow } from '../network/reach-report.ts'
import type { NetworkObjects } from '../snapshot/network-objects.ts'
import { lastingLabels } from './network/workloads.ts'

// Seconds of work: beyond it nobody reads the answer, and an incident does not wait for it.
const mostPairs = 40_000

/** What policies open or cut of flows that begin or end in these namespaces, or why that is not worked out; pure. */
export function reachOf(
  found: NetworkObjects,
  changes: readonly Change[],
  namespaces: readonly string[],
): ReachDiffReport | { why: string } {
  const pairs = pairsIn(found, changes, namespaces)
  if (pairs <= mostPairs) return reachBetween(found, changes, namespaces)
  return {
    why: `what policies cut and open is not listed: there are ${pairs} pairs of pods that differ (reach --diff of a plan that was saved lists them)`,
  }
}

/** How many answers there may be: pods with other labels may have another one, as far as there are policies to tell them apart. */
function pairsIn({ objects }: NetworkObjects, changes: readonly Change[], namespaces: readonly string[]): number {
  const kinds = new Map<string, boolean>()
  let policies = changes.filter(({ do: how }) => how === 'create').length
  for (const raw of objects) {
    if (!['Pod', 'Node', 'Namespace', 'ServiceAccount'].includes(String(raw['kind']))) policies += 1
    if (raw['kind'] !== 'Pod' || raw['apiVersion'] !== 'v1') continue
    const { namespace, labels } = metaOf(raw)
    const lasting = Object.entries(lastingLabels(labels)).toSorted(([one], [other]) => (one < other ? -1 : 1))
    kinds.set(JSON.stringify([namespace, lasting]), namespaces.includes(namespace))
  }
  const own = [...kinds.values()].filter(Boolean).length
  return Math.min(own, policies) * Math.min(kinds.size, policies)
}

function reachBetween(
  found: NetworkObjects,
  changes: readonly Change[],
  namespaces: readonly string[],
): ReachDiffReport {
  const lasting = changes.filter(({ temporary }) => !temporary)
  const { enforcer } = enforcementOf(found.objects, found)
  const [before, after] = [found.objects, applyChanges(found.objects, lasting)].map((objects) =>
    networkOf(worldOf(objects, { enforcer, unread: found.unread })),
  )
  if (!before || !after) throw new TypeError('two networks were made')
  const report = diffReach(before, after)
  const own = new Set(
    report.groups.filter(({ members }) => members.some((id) => isOf(id, namespaces))).map(({ id }) => id),
  )
  const rows = report.rows.flatMap((row): ReachDiffRow[] => {
    const to = own.has(row.from) ? row.to : row.to.filter((id) => own.has(id))
    return to.length > 0 ? [{ ...row, to }] : []
  })
  const used = new Set(rows.flatMap(({ from, to }) => [from, ...to]))
  return { ...report, groups: report.groups.filter(({ id }) => used.has(id)), rows }
}

function isOf(id: string, namespaces: readonly string[]): boolean {
  return namespaces.some((name) => id.startsWith(`pod ${name}/`))
}

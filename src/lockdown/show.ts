import { formatSubject } from '../rbac/subject-text.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import type { LockdownOptions } from './model.ts'
import type { LockdownPlan, NamespacePlan } from './plan.ts'
import type { LockdownNamespace, LockdownReport, Writer } from './report.ts'
import type { PreparedLockdown } from './request.ts'
import { disagreementNotes } from './pods-warnings.ts'
import type { RightsHolder } from './rights.ts'

/** The report of a lockdown that nobody has applied yet; pure. */
export function reportOf({ plan, lockdown, request, canaries, reach, rehearsals }: PreparedLockdown): LockdownReport {
  const report = planReport(lockdown, request.options, reach)
  const said = lockdown.namespaces.flatMap(({ scene, namespace, pods }) => {
    const tried = rehearsals.find(({ ref }) => ref.kind === 'Namespace' && ref.name === namespace)
    return pods && tried ? disagreementNotes(scene, pods, tried.warnings) : []
  })
  return {
    ...report,
    plan: plan.id,
    ...(request.incident !== undefined && { incident: request.incident }),
    notes: [...plan.notes, ...report.notes, ...new Set([...canaries.flatMap(({ notes }) => notes), ...said])],
  }
}

/** What of it comes out of the plan alone. */
export function planReport(
  { namespaces, gaps }: LockdownPlan,
  { level, parts }: LockdownOptions,
  reach: PreparedLockdown['reach'],
): LockdownReport {
  return {
    apiVersion,
    kind: 'LockdownReport',
    level,
    parts,
    namespaces: namespaces.map(namespaceReport),
    ...(reach && 'rows' in reach && { reach }),
    complete: gaps.length === 0,
    gaps,
    notes: reach && 'why' in reach ? [reach.why] : [],
  }
}

function namespaceReport({ namespace, network, pods, rights, breaks, notes }: NamespacePlan): LockdownNamespace {
  return {
    namespace,
    rules: network?.rules ?? [],
    foreign: network?.foreign ?? [],
    leftOpen: network?.leftOpen ?? [],
    violations: (pods?.judged ?? []).flatMap(({ template: { kind, name }, violations }) =>
      violations.map(({ id, level, reason, detail, fields }) => ({
        workload: { kind, namespace, name },
        level,
        check: id,
        fields,
        text: detail === '' ? reason : `${reason} (${detail})`,
      })),
    ),
    writers: rights.holders.map(writerOf),
    breaks,
    notes,
  }
}

function writerOf({ subject, scope, powers, chain, left, isSystem }: RightsHolder): Writer {
  return {
    subject: formatSubject(subject),
    scope,
    can: powers,
    chain: [...new Set(chain.map(({ binding, roleRef }) => `${objectText(binding)} → ${objectText(roleRef)}`))],
    ...(left === undefined ? {} : { left: left.why }),
    ...(isSystem && { isSystem }),
  }
}

function objectText({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

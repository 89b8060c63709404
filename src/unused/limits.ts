import { needCoverage } from '../audit-log/coverage/need.ts'
import type { AuditPolicy } from '../audit-log/coverage/policy.ts'
import type { Trust } from '../audit-log/pass.ts'
import { needsOf } from '../audit-log/questions/question.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Credits } from './credit.ts'
import type { Judged } from './judge.ts'
import type { UseBook } from './uses.ts'
import type { World } from './world.ts'

const scheduler = { name: 'system:kube-scheduler', groups: ['system:authenticated'] }

/** What a log does not show that its policy says it has: where the control plane's leases are logged, no hour is silent. */
export function limitsOf({ span }: Pick<Trust, 'span'>, policy: AuditPolicy | undefined): Gap[] {
  const leases = needsOf([{ verbs: ['update'], group: 'coordination.k8s.io', resources: ['leases'] }])
  const isLogged =
    policy && leases.every((need) => needCoverage(policy, { ...need, user: scheduler }).verdict === 'logged')
  if (!isLogged) return []
  return (span?.silences ?? []).map(({ from, to }) => ({
    what: `read the log from ${from} to ${to}`,
    why: 'it is silent: files may be missing',
    hides: 'what was used then',
  }))
}

/** What a reader of the answer may take for more than it is. */
export function unusedNotes(all: {
  world: World
  book: UseBook
  credits: Credits
  judged: readonly Judged[]
}): string[] {
  const { world, book, credits, judged } = all
  const { apiServers, refused, wildcards } = book
  const empty = world.grants.filter(({ bound }) => (bound.role?.rules.length ?? 0) === 0).length
  const isNarrowable = judged.some(({ rules }) =>
    rules.some(({ rule, unused }) => unused.length > 0 && rule.resources.includes('*')),
  )
  const unexplained = credits.unexplained.filter(({ holder }) => !isNode(holder.identity.groups))
  const times = unexplained.reduce((sum, { count }) => sum + count, 0)
  const [first] = unexplained
  return [
    ...(apiServers.size > 0
      ? [
          `the log is of ${apiServers.size} API server${apiServers.size === 1 ? '' : 's'} (by their leases); each writes one of its own, so name those of all`,
        ]
      : []),
    ...(refused > 0 ? [`${were(refused)} refused by the authorizer, and used nothing`] : []),
    ...(wildcards > 0
      ? [
          `${were(wildcards)} for something of the name *, which no rule can tell from a wildcard, and count for nothing`,
        ]
      : []),
    ...(first
      ? [
          `${were(times)} allowed that RBAC does not allow as it is (${first.at.file}:${first.at.line}): rights changed since, or another authorizer allowed them`,
        ]
      : []),
    ...(empty > 0 ? [`not judged, as they grant nothing: ${empty} grants of roles that are missing or empty`] : []),
    ...(isNarrowable
      ? [
          'of a wildcard no log shows what admission and other servers asked (finalizers, use, kubelets): it is narrowed without it',
        ]
      : []),
  ]
}

function were(requests: number): string {
  return requests === 1 ? '1 request was' : `${requests} requests were`
}

// The Node authorizer allows them most of what they do.
function isNode(groups: readonly string[]): boolean {
  return groups.includes('system:nodes')
}

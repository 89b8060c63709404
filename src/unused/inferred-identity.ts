import type { Actor } from '../audit-log/event.ts'
import { serviceAccountGroups, serviceAccountOf } from '../rbac/identity.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import type { Demand } from './demand.ts'

/**
 * What acting as somebody takes: the user or service account, each group that is not given by itself, the uid and each value of extra.
 * Source: endpoints/filters/impersonation.go.
 */
export function impersonateDemands({ username, groups, uid, extra }: Actor): Demand[] {
  const account = serviceAccountOf(username)
  const given = new Set(['system:authenticated', 'system:unauthenticated'])
  const own = account ? serviceAccountGroups(account.namespace) : []
  // A service account gets its groups where none was asked for; all of them were, or none.
  if (own.every((group) => groups.includes(group))) for (const group of own) given.add(group)
  const wanted: Attributes[] = [
    account ? right('', 'serviceaccounts', '', account.name, account.namespace) : right('', 'users', '', username),
    ...groups.filter((group) => !given.has(group)).map((group) => right('', 'groups', '', group)),
    ...(uid === undefined || uid === '' ? [] : [right(authentication, 'uids', '', uid)]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => right(authentication, 'userextras', key, value)),
    ),
  ]
  return wanted.map((request) => ({ any: [request] }))
}

const authentication = 'authentication.k8s.io'

function right(group: string, resource: string, subresource: string, name: string, namespace = ''): Attributes {
  return { verb: 'impersonate', group, resource, subresource, namespace, name }
}

import type { ResourceAttributes } from '../cluster/access-review.ts'
import { kindOf } from './kinds/kinds.ts'
import { groupOf } from '../cluster/object-path.ts'
import type { Change, Json, Plan } from './plan.ts'
import type { RightNeeded } from './reports.ts'

export type Wanted = Omit<RightNeeded, 'allowed' | 'reason'>

/** Every right that applying and undoing the plan needs, the reading of its objects and the record's own included. */
export function rightsOf(plan: Plan, stateNamespace: string): Wanted[] {
  const wanted = plan.changes.flatMap((change): Wanted[] => {
    const { apiVersion, resource, namespace, name } = change.ref
    const of = (verb: string, subresource?: string): ResourceAttributes => ({
      verb,
      group: groupOf(apiVersion),
      resource,
      ...(subresource !== undefined && { subresource }),
      ...(namespace !== undefined && { namespace }),
      ...(verb !== 'create' && { name }),
    })
    return [
      { for: 'apply', change: change.id, attributes: of('get') },
      ...usesOf(change).map((attributes): Wanted => ({ for: 'apply', change: change.id, attributes })),
      ...kindOf(change)
        .rights(change)
        .map(({ for: way, verb, subresource }) => ({ for: way, change: change.id, attributes: of(verb, subresource) })),
    ]
  })
  return [...wanted, ...recordRights(stateNamespace)]
}

// What is made for the time of the run is made to be used: commands are run in a pod, and what it says is read. A WebSocket for a command
// is opened by GET up to Kubernetes 1.34, and needs `create` from 1.35 on.
function usesOf(change: Change): ResourceAttributes[] {
  const { namespace } = change.ref
  const of = (verb: string, subresource: string): ResourceAttributes => ({
    verb,
    group: '',
    resource: 'pods',
    subresource,
    ...(namespace !== undefined && { namespace }),
  })
  if (change.do === 'subresource') return [of('get', 'log')]
  if (change.do !== 'create' || !change.temporary || change.ref.kind !== 'Pod') return []
  return [of('get', 'exec'), of('create', 'exec'), of('get', 'log')]
}

/** What the record in the cluster needs. */
export function recordRights(namespace: string): Wanted[] {
  const need = (way: 'apply' | 'undo', verb: string, group: string, resource: string): Wanted => ({
    for: way,
    change: 'record',
    attributes: { verb, group, resource, namespace },
  })
  return [
    {
      for: 'apply',
      change: 'record',
      attributes: { verb: 'get', group: '', resource: 'namespaces', name: namespace, namespace },
    },
    ...['create', 'get', 'patch', 'delete'].map((verb) => need('apply', verb, 'coordination.k8s.io', 'leases')),
    ...['create', 'get', 'list'].map((verb) => need('apply', verb, '', 'secrets')),
    need('undo', 'delete', '', 'secrets'),
  ]
}

/**
 * The Roles and ClusterRoles that grant exactly these rights: one Role a namespace, one ClusterRole for what has none.
 * Objects are named where a rule can name them; nothing can be created by name.
 */
export function rolesFor(missing: ResourceAttributes[], name: string): { [key: string]: Json }[] {
  const byNamespace = Map.groupBy(missing, ({ namespace, resource }) =>
    resource === 'namespaces' ? undefined : namespace,
  )
  return [...byNamespace].map(([namespace, rights]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    rules: rulesOf(rights),
  }))
}

function rulesOf(rights: ResourceAttributes[]): Json {
  const resourceOf = ({ resource, subresource }: ResourceAttributes) =>
    subresource === undefined ? resource : `${resource}/${subresource}`
  const byObject = Map.groupBy(rights, (right) =>
    JSON.stringify([right.group ?? '', resourceOf(right), right.name ?? null]),
  )
  const rules = [...byObject].map(([key, some]) => {
    const [group, resource, name] = JSON.parse(key) as [string, string, string | null]
    return { group, resource, name, verbs: [...new Set(some.map(({ verb }) => verb))].toSorted() }
  })
  // Objects of one type that need the same verbs share a rule.
  const alike = Map.groupBy(rules, ({ group, resource, verbs, name }) =>
    JSON.stringify([group, resource, verbs, name === null]),
  )
  return [...alike.values()].map((some) => ({
    apiGroups: [some[0]?.group ?? ''],
    resources: [some[0]?.resource ?? ''],
    ...(some[0]?.name !== null && { resourceNames: some.map(({ name }) => name ?? '') }),
    verbs: some[0]?.verbs ?? [],
  }))
}

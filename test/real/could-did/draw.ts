import { queriesOf, rightsQuestions } from '../../../src/could-did/queries.ts'
import type { ResourceQuery } from '../../../src/rbac/query.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import type { Draw } from '../../fuzz/draw.ts'
import { namespaces } from '../../fuzz/words.ts'
import { type BindingObject, rbacGroup, type RoleObject, type WorldObject, type WrittenRule } from '../../fuzz/world.ts'

/** Who asks: a user with a certificate, or somebody whom the administrator impersonates. */
export type Asker = { user: string; groups: string[]; isReal: boolean }

export const askers: Asker[] = [
  { user: 'alice', groups: ['team'], isReal: true },
  { user: 'bob', groups: ['team', 'devs'], isReal: true },
  { user: 'carol', groups: [], isReal: true },
  { user: 'dave', groups: ['devs'], isReal: false },
  { user: 'ünï "q"', groups: [], isReal: false },
  { user: 'system:serviceaccount:fuzz-a:robot', groups: [], isReal: false },
  { user: 'system:serviceaccount:fuzz-b:robot', groups: [], isReal: false },
]
const subjects: Subject[] = [
  ...['alice', 'bob', 'carol', 'dave', 'ünï "q"'].map((name) => ({ kind: 'User' as const, name })),
  ...['team', 'devs', 'system:authenticated', 'system:serviceaccounts:fuzz-a'].map((name) => ({
    kind: 'Group' as const,
    name,
  })),
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-a' },
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-b' },
]
export const names = ['a', 'b']
export const places = [...namespaces, 'kube-system']

/** Each question with what the authorizer is asked for it. */
export function allQueries(snapshot: Pick<Snapshot, 'resources'>): { question: string; query: ResourceQuery }[] {
  return rightsQuestions.flatMap((question) =>
    queriesOf(question, snapshot).map((query) => ({ question: question.id, query })),
  )
}

/** Roles with rights that questions are about, and bindings of them; about as many that mean nothing. */
export function drawRights(draw: Draw, queries: readonly { query: ResourceQuery }[]): WorldObject[] {
  const roles = Array.from({ length: draw.count(4, 8) }, (_, at): RoleObject => {
    const namespace = draw.chance(35) ? draw.pick(places) : undefined
    return {
      kind: namespace === undefined ? 'ClusterRole' : 'Role',
      metadata: { name: `rights-${at}`, ...(namespace !== undefined && { namespace }) },
      rules: Array.from({ length: draw.count(1, 4) }, () => drawRule(draw, draw.pick(queries).query)),
    }
  })
  const bindings = Array.from({ length: draw.count(8, 14) }, (_, at): BindingObject => {
    const role = draw.pick(roles)
    const own = role.metadata.namespace ?? (draw.chance(60) ? draw.pick(places) : undefined)
    return {
      kind: own === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `to-${at}`, ...(own !== undefined && { namespace: own }) },
      roleRef: { apiGroup: rbacGroup, kind: role.kind, name: role.metadata.name },
      subjects: draw
        .some(subjects, 1, 3)
        .map((one) => (one.kind === 'ServiceAccount' ? one : { ...one, apiGroup: rbacGroup })),
    }
  })
  return [...roles, ...bindings]
}

function drawRule(draw: Draw, { verb, group, resource, subresource }: ResourceQuery): WrittenRule {
  const written = subresource === '' ? resource : `${resource}/${subresource}`
  return {
    verbs: draw.chance(35) ? ['*'] : [verb, ...draw.some(['get', 'list', 'create', 'patch', 'delete'], 0, 3)],
    apiGroups: draw.chance(10) ? ['*'] : [group],
    resources: draw.chance(5) ? ['*'] : draw.chance(10) && subresource !== '' ? [`*/${subresource}`] : [written],
    ...(draw.chance(20) && { resourceNames: draw.some(names, 1, 2) }),
  }
}

/** A request of one of the kinds that questions are about, as it is sent: with a place, and a name where it takes one. */
export function drawRequest(draw: Draw, queries: readonly { query: ResourceQuery }[]): ResourceQuery {
  const requests = queries.filter(({ query }) => query.verb !== 'impersonate')
  const { query } = draw.pick(requests)
  const isCollection = ['list', 'watch', 'deletecollection'].includes(query.verb)
  const named = query.subresource !== '' || (!isCollection && query.verb !== 'create')
  const scope = query.namespaced === false ? '*' : draw.pick(places)
  return { ...query, scope, ...(named && { name: draw.pick(names) }) }
}

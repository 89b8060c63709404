import { type Actor, done } from './paths-actor.ts'
import { type BindingThere, type Field, type Named, rbacPath } from './paths-field.ts'
import { attacked, bindingNames } from './paths-words.ts'
import { type Got, passedAuthorization, type Sent } from './server.ts'
import { fuzzLabel, rbacGroup } from './world.ts'

/*
 * Moves on RBAC objects as field notes on attacks have them, by trying: nothing here knows the attack graph. Each tells whether it was let.
 */

const apiVersion = `${rbacGroup}/v1`
export const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
// The label is that of the aggregated role of a world.
const labels = { [fuzzLabel]: 'yes', 'to-sum': 'yes' }
export const scopes = ['*', ...attacked]
let made = 0

const insideOf = (scope: string) => (scope === '*' ? undefined : scope)

/** By POST under a name of its own; or under a name that it may create, by an apply or a PUT. */
async function create(
  field: Field,
  actor: Actor,
  kind: string,
  namespace: string | undefined,
  name: string,
  body: object,
) {
  const whole = { apiVersion, kind, metadata: { name, labels }, ...body }
  const path = rbacPath(kind, namespace, name)
  const tries: Sent[] = [
    { method: 'POST', path: rbacPath(kind, namespace), body: whole },
    {
      method: 'PATCH',
      path: `${path}?fieldManager=attack&force=true`,
      type: 'application/apply-patch+yaml',
      body: whole,
    },
    { method: 'PUT', path, body: whole },
  ]
  return await any(field, actor, tries)
}

// Who may make the request, and is refused for what he would pass on, is refused by every way.
async function any(field: Field, actor: Actor, tries: Sent[]): Promise<boolean> {
  for (const sent of tries) {
    const got = await act(field, actor, sent)
    if (done(got)) return true
    if (got.status === 403 && passedAuthorization(got)) return false
  }
  return false
}

async function act(field: Field, actor: Actor, sent: Sent): Promise<Got> {
  return await field.act(actor, sent)
}

export function subjectOf(actor: Actor): object {
  return { apiGroup: rbacGroup, kind: 'User', name: actor.user }
}

/** Makes a binding of a role for somebody, or puts him into one that is there. */
export async function bindTo(
  field: Field,
  actor: Actor,
  role: Named,
  scope: string,
  to = field.anchor,
): Promise<boolean> {
  if (scope === '*' ? role.kind === 'Role' : role.namespace !== undefined && role.namespace !== scope) return false
  const kind = scope === '*' ? 'ClusterRoleBinding' : 'RoleBinding'
  const roleRef = { apiGroup: rbacGroup, kind: role.kind, name: role.name }
  const body = { roleRef, subjects: [subjectOf(to)] }
  made += 1
  const isTaken = (name: string) =>
    field.bindings.some((one) => one.scope === scope && one.object.metadata.name === name)
  const posted = await post(field, actor, kind, scope, `made-${made}`, body)
  // Let to write, and not to pass it on: so it is for all names.
  const isRefused = posted.status === 403 && passedAuthorization(posted)
  let name = done(posted) ? `made-${made}` : undefined
  if (isRefused) return false
  for (const free of bindingNames.filter((each) => !isTaken(each))) {
    if (name === undefined && (await create(field, actor, kind, insideOf(scope), free, body))) name = free
  }
  if (name !== undefined) {
    const metadata = { name, ...(scope === '*' ? {} : { namespace: scope }) }
    const path = rbacPath(kind, insideOf(scope), name)
    field.bindings.push({ path, scope, object: { metadata, ...body, apiVersion, kind } })
    return true
  }
  for (const binding of field.bindings) {
    const { kind: refKind, name } = binding.object.roleRef
    if (binding.scope !== scope || refKind !== role.kind || name !== role.name) continue
    if (await join(field, actor, binding, to)) return true
  }
  return false
}

async function post(field: Field, actor: Actor, kind: string, scope: string, name: string, body: object) {
  const whole = { apiVersion, kind, metadata: { name, labels }, ...body }
  return await act(field, actor, { method: 'POST', path: rbacPath(kind, insideOf(scope)), body: whole })
}

async function join(field: Field, actor: Actor, { path, object }: BindingThere, to: Actor): Promise<boolean> {
  const subjects = [...(object.subjects ?? []), subjectOf(to)]
  const isDone = await any(field, actor, [
    { method: 'PATCH', path, type: 'application/merge-patch+json', body: { subjects } },
    { method: 'PUT', path, body: { ...object, subjects } },
  ])
  if (isDone) object.subjects = subjects
  return isDone
}

/** Writes rules into a role that is there. */
export async function rewrite(field: Field, actor: Actor, role: Named, rules: object[] = everything): Promise<boolean> {
  const path = rbacPath(role.kind, role.namespace, role.name)
  const { kind, name } = role
  return await any(field, actor, [
    { method: 'PATCH', path, type: 'application/merge-patch+json', body: { metadata: { labels }, rules } },
    { method: 'PUT', path, body: { apiVersion, kind, metadata: { name, labels }, rules } },
  ])
}

/** Makes a role that has everything, or nothing; under a name of its own, or one that bindings miss. */
export async function makeRole(
  field: Field,
  actor: Actor,
  scope: string,
  name: string,
  rules: object[],
): Promise<boolean> {
  const kind = scope === '*' ? 'ClusterRole' : 'Role'
  const namespace = insideOf(scope)
  const role: Named = { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  if (has(field, role)) return false
  if (!(await create(field, actor, kind, namespace, name, { rules }))) return false
  field.roles.push(role)
  return true
}

function has({ roles }: Field, { kind, name, namespace }: Named): boolean {
  return roles.some((role) => role.kind === kind && role.name === name && role.namespace === namespace)
}

/** Whether the authorizer lets somebody do everything, in a namespace, in each (`*`), or (undefined) everywhere. */
export async function hasAll(actor: Actor, namespace?: string): Promise<boolean> {
  if (namespace === '*') {
    for (const each of attacked) if (!(await hasAll(actor, each))) return false
    return true
  }
  const resourceAttributes = { verb: '*', group: '*', resource: '*', ...(namespace === undefined ? {} : { namespace }) }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?dryRun=All'
  // A look, and no move.
  const got = await actor.send({ method: 'POST', path, body })
  return got.body.includes('"allowed":true')
}

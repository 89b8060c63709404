import type { AttackNode } from '../../src/attack/model.ts'
import { type Actor, done } from './paths-actor.ts'
import { type Field, rbacPath } from './paths-field.ts'
import { proof } from './paths-prepare.ts'
import type { Held } from './paths-hop.ts'
import { userOf } from './paths-moves-identity.ts'
import { readSecret, valueOf } from './paths-moves-secret.ts'
import { fuzzLabel, rbacGroup } from './world.ts'

/** Does at the end of a way what only its goal may. */
export async function proves(field: Field, goal: AttackNode, { actors, secret }: Held): Promise<boolean> {
  if (goal.kind === 'admin') {
    return await some(actors, async (actor) => {
      const value = await readSecret(field, actor, proof.namespace, proof.name)
      return value !== undefined && valueOf(value) === proof.value && (await makesRole(field, actor, 'ClusterRole'))
    })
  }
  if (goal.kind === 'namespace-admin') {
    return await some(actors, async (actor) => {
      const value = await readSecret(field, actor, goal.namespace, 'key')
      return value !== undefined && (await makesRole(field, actor, 'Role', goal.namespace))
    })
  }
  if (goal.kind === 'subject') {
    const { kind, namespace = '', name } = goal.subject
    const user = kind === 'ServiceAccount' ? userOf({ namespace, name }) : name
    return actors.some((actor) => (kind === 'Group' ? actor.groups.includes(name) : actor.user === user))
  }
  if (goal.kind === 'secret') {
    const path = `/api/v1/namespaces/${goal.namespace}/secrets/${goal.name}`
    const { data } = JSON.parse((await field.admin({ method: 'GET', path })).body) as NonNullable<Held['secret']>
    return secret !== undefined && JSON.stringify(secret.data) === JSON.stringify(data)
  }
  return goal.kind === 'ability' && actors.length > 0
}

// With every right in it: a role that covers less would show less.
async function makesRole(
  field: Field,
  actor: Actor,
  kind: 'ClusterRole' | 'Role',
  namespace?: string,
): Promise<boolean> {
  const rules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
  const metadata = { name: 'proof', labels: { [fuzzLabel]: 'yes' } }
  const body = { apiVersion: `${rbacGroup}/v1`, kind, metadata, rules }
  const made = await field.act(actor, { method: 'POST', path: rbacPath(kind, namespace), body })
  if (!done(made)) return false
  return done(await field.act(actor, { method: 'DELETE', path: rbacPath(kind, namespace, 'proof') }))
}

async function some(actors: readonly Actor[], check: (actor: Actor) => Promise<boolean>): Promise<boolean> {
  for (const actor of actors) if (await check(actor)) return true
  return false
}

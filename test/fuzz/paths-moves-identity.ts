import { type Actor, done } from './paths-actor.ts'
import type { Field } from './paths-field.ts'

/* Moves by which one becomes somebody else, by trying: nothing here knows the attack graph. */

export type Account = { namespace: string; name: string }

export const userOf = ({ namespace, name }: Account) => `system:serviceaccount:${namespace}:${name}`
export const core = (namespace: string, collection: string, name?: string) =>
  `/api/v1/namespaces/${namespace}/${collection}${name === undefined ? '' : `/${name}`}`
export const decode = (text: string) => Buffer.from(text, 'base64').toString()

export async function actAsUser(
  field: Field,
  actor: Actor,
  user: string,
  groups: string[] = [],
): Promise<Actor | undefined> {
  field.requests += 1
  const acting = await field.wardrobe.impersonated(actor, user, groups)
  if (acting) field.worked += 1
  return acting
}

export async function takeToken(field: Field, actor: Actor, { namespace, name }: Account): Promise<Actor | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = `${core(namespace, 'serviceaccounts', name)}/token`
  const got = await field.act(actor, { method: 'POST', path, body })
  if (!done(got)) return undefined
  return await field.wardrobe.bearer((JSON.parse(got.body) as { status: { token: string } }).status.token)
}

export async function makeAccount(field: Field, actor: Actor, { namespace, name }: Account): Promise<boolean> {
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }
  const path = core(namespace, 'serviceaccounts')
  if (done(await field.act(actor, { method: 'POST', path, body }))) return true
  const type = 'application/apply-patch+yaml'
  if (await isThere(field, { namespace, name })) return false
  return done(await field.act(actor, { method: 'PATCH', path: `${path}/${name}?fieldManager=attack`, type, body }))
}

export async function isThere({ admin }: Field, { namespace, name }: Account): Promise<boolean> {
  return done(await admin({ method: 'GET', path: core(namespace, 'serviceaccounts', name) }))
}

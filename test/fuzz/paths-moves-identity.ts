import { setTimeout as sleep } from 'node:timers/promises'
import { type Actor, done } from './paths-actor.ts'
import type { Field } from './paths-field.ts'
import { tokenSecret } from './paths-prepare.ts'

/* Moves by which one becomes somebody else, by trying: nothing here knows the attack graph. */

type Secret = { metadata?: { name?: string }; data?: Record<string, string> }
export type Account = { namespace: string; name: string }

export const userOf = ({ namespace, name }: Account) => `system:serviceaccount:${namespace}:${name}`
const core = (namespace: string, collection: string, name?: string) =>
  `/api/v1/namespaces/${namespace}/${collection}${name === undefined ? '' : `/${name}`}`
export const decode = (text: string) => Buffer.from(text, 'base64').toString()

export async function actAsUser(
  field: Field,
  actor: Actor,
  user: string,
  groups: string[] = [],
): Promise<Actor | undefined> {
  field.requests += 1
  return await field.wardrobe.impersonated(actor, user, groups)
}

export async function takeToken(field: Field, actor: Actor, { namespace, name }: Account): Promise<Actor | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = `${core(namespace, 'serviceaccounts', name)}/token`
  const got = await field.act(actor, { method: 'POST', path, body })
  if (!done(got)) return undefined
  return await field.wardrobe.bearer((JSON.parse(got.body) as { status: { token: string } }).status.token)
}

/** Reads one secret, by whatever verb it may. */
export async function readSecret(
  field: Field,
  actor: Actor,
  namespace: string,
  name: string,
): Promise<Secret | undefined> {
  const only = `fieldSelector=metadata.name=${name}`
  const ways = [core(namespace, 'secrets', name), `${core(namespace, 'secrets')}?${only}`, `/api/v1/secrets?${only}`]
  for (const path of ways) {
    const found = secretsIn((await field.act(actor, { method: 'GET', path })).body, namespace, name)
    if (found) return found
  }
  const path = `${core(namespace, 'secrets')}?watch=1&timeoutSeconds=1&${only}`
  return secretsIn((await field.act(actor, { method: 'GET', path })).body, namespace, name)
}

function secretsIn(body: string, namespace: string, name: string): Secret | undefined {
  // A watch answers by lines.
  const parsed = body
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Secret & { items?: Secret[]; object?: Secret })
  const all = parsed.flatMap((each) => [each, ...(each.items ?? []), ...(each.object ? [each.object] : [])])
  return all.find(({ metadata, data }) => {
    return data && metadata?.name === name && (metadata as { namespace?: string }).namespace === namespace
  })
}

/** Who it is a token of; undefined where it is none, or refused. */
export async function useSecret(field: Field, { data }: Secret): Promise<Actor | undefined> {
  const token = data?.['token']
  return token === undefined ? undefined : await field.wardrobe.bearer(decode(token))
}

export function valueOf({ data }: Secret): string | undefined {
  const value = data?.['value']
  return value === undefined ? undefined : decode(value)
}

/** Makes a token secret of an account: under a name, by POST or by an apply. */
export async function makeTokenSecret(field: Field, actor: Actor, { namespace, name }: Account, called: string) {
  const body = tokenSecret(called, name)
  const path = core(namespace, 'secrets')
  if (done(await field.act(actor, { method: 'POST', path, body }))) return true
  const type = 'application/apply-patch+yaml'
  return done(await field.act(actor, { method: 'PATCH', path: `${path}/${called}?fieldManager=attack`, type, body }))
}

/** Waits for the controller's token, and reads it as whoever may; then the secret is gone, and the account's credentials another token. */
export async function mint(field: Field, maker: Actor, readers: readonly Actor[], account: Account, called: string) {
  if (!(await makeTokenSecret(field, maker, account, called))) return undefined
  const path = core(account.namespace, 'secrets', called)
  for (let tries = 0; tries < 40; tries += 1) {
    if ((await field.admin({ method: 'GET', path })).body.includes('"token":')) break
    await sleep(25)
  }
  let read: Actor | undefined
  for (const reader of readers) {
    const secret = read ? undefined : await readSecret(field, reader, account.namespace, called)
    if (secret) read = await useSecret(field, secret)
  }
  await field.admin({ method: 'DELETE', path })
  if (!read) return undefined
  // The same account by a token that lasts.
  return await takeToken(field, { user: 'admin', groups: [], isOwn: true, send: field.admin }, account)
}

export async function makeAccount(field: Field, actor: Actor, { namespace, name }: Account): Promise<boolean> {
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }
  const path = core(namespace, 'serviceaccounts')
  if (done(await field.act(actor, { method: 'POST', path, body }))) return true
  const type = 'application/apply-patch+yaml'
  const there = await field.admin({ method: 'GET', path: `${path}/${name}` })
  if (done(there)) return false
  return done(await field.act(actor, { method: 'PATCH', path: `${path}/${name}?fieldManager=attack`, type, body }))
}

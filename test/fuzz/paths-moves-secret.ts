import { setTimeout as sleep } from 'node:timers/promises'
import { type Actor, done } from './paths-actor.ts'
import type { Field } from './paths-field.ts'
import { type Account, core, decode, takeToken, userOf } from './paths-moves-identity.ts'
import { restoreSecret, tokenSecret } from './paths-prepare.ts'
import type { Sent } from './server.ts'

/* Moves on secrets, by trying: nothing here knows the attack graph. */

type Secret = { metadata?: { name?: string }; data?: Record<string, string> }

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
  const seen = secretsIn((await field.act(actor, { method: 'GET', path })).body, namespace, name)
  if (seen) return seen
  // The answers to writes that change nothing.
  const type = 'application/merge-patch+json'
  const one = `${core(namespace, 'secrets', name)}?dryRun=All`
  const rehearsed: Sent[] = [
    { method: 'PATCH', path: one, type, body: {} },
    { method: 'DELETE', path: `${one}&propagationPolicy=Foreground` },
    { method: 'DELETE', path: `${core(namespace, 'secrets')}?dryRun=All&${only}` },
  ]
  for (const sent of rehearsed) {
    const found = secretsIn((await field.act(actor, sent)).body, namespace, name)
    if (found) return found
  }
  return undefined
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

/** Who it is a token of, by another token that outlasts the secret; undefined where it is none, or refused. */
export async function useSecret(field: Field, { data }: Secret): Promise<Actor | undefined> {
  const token = data?.['token']
  const actor = token === undefined ? undefined : await field.wardrobe.bearer(decode(token))
  const [, , namespace = '', name = ''] = actor?.user.split(':') ?? []
  return (
    actor &&
    (await takeToken(field, { user: 'admin', groups: [], isOwn: true, send: field.admin }, { namespace, name }))
  )
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

async function untilRead(field: Field, readers: readonly Actor[], account: Account, called: string) {
  const path = core(account.namespace, 'secrets', called)
  for (let tries = 0; tries < 40; tries += 1) {
    if ((await field.admin({ method: 'GET', path })).body.includes('"token":')) break
    await sleep(25)
  }
  for (const reader of readers) {
    const secret = await readSecret(field, reader, account.namespace, called)
    const read = secret && (await useSecret(field, secret))
    if (read?.user === userOf(account)) return read
  }
  return undefined
}

/** Waits for the controller's token, and reads it as whoever may; then the secret is gone. */
export async function mint(field: Field, maker: Actor, readers: readonly Actor[], account: Account, called: string) {
  if (!(await makeTokenSecret(field, maker, account, called))) return undefined
  const read = await untilRead(field, readers, account, called)
  await restoreSecret(field.admin, account.namespace, called)
  return read
}

/** Makes a token secret that is there another account's, and reads it as whoever may; then it is what it was. */
export async function retarget(
  field: Field,
  maker: Actor,
  readers: readonly Actor[],
  account: Account,
  called: string,
): Promise<Actor | undefined> {
  const path = core(account.namespace, 'secrets', called)
  const name = 'kubernetes.io/service-account.name'
  const annotations = { [name]: account.name, 'kubernetes.io/service-account.uid': null }
  const type = 'application/merge-patch+json'
  const tries: Sent[] = [
    { method: 'PATCH', path, type, body: { metadata: { annotations }, data: null } },
    { method: 'PUT', path, body: tokenSecret(called, account.name) },
  ]
  let isDone = false
  for (const sent of tries) isDone ||= done(await field.act(maker, sent))
  if (!isDone) return undefined
  const read = await untilRead(field, readers, account, called)
  await restoreSecret(field.admin, account.namespace, called)
  return read
}

/** Deletes a secret that is there, and makes a token secret of its name. */
export async function remake(
  field: Field,
  [removers, makers, readers]: [readonly Actor[], readonly Actor[], readonly Actor[]],
  account: Account,
  called: string,
): Promise<Actor | undefined> {
  const path = core(account.namespace, 'secrets', called)
  let isGone = false
  for (const remover of removers) isGone ||= done(await field.act(remover, { method: 'DELETE', path }))
  const only = `${core(account.namespace, 'secrets')}?fieldSelector=metadata.name=${called}`
  for (const remover of removers) isGone ||= done(await field.act(remover, { method: 'DELETE', path: only }))
  if (!isGone) return undefined
  let made: Actor | undefined
  for (const maker of makers) made ??= await mint(field, maker, readers, account, called)
  if (!made) await restoreSecret(field.admin, account.namespace, called)
  return made
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Field } from './paths-field.ts'
import { accounts, secrets } from './paths-words.ts'

/** What only who reads the secrets of kube-system knows. */
export const proof = { namespace: 'kube-system', name: 'proof', value: 'seen' }

/** Makes what all worlds have beside RBAC: accounts, their tokens, and secrets. */
export async function prepare(admin: Field['admin']): Promise<void> {
  for (const { namespace, name } of accounts)
    await admin({ method: 'POST', path: core(namespace, 'serviceaccounts'), body: { metadata: { name } } })
  for (const secret of secrets) await makeSecret(admin, secret)
  const body = { metadata: { name: proof.name }, stringData: { value: proof.value } }
  await admin({ method: 'POST', path: core(proof.namespace, 'secrets'), body })
}

const core = (namespace: string, collection: string) => `/api/v1/namespaces/${namespace}/${collection}`

async function makeSecret(
  admin: Field['admin'],
  { namespace, name, account }: (typeof secrets)[number],
): Promise<void> {
  const path = core(namespace, 'secrets')
  const value = { metadata: { name }, stringData: { value: `${namespace}-value` } }
  await admin({ method: 'POST', path, body: account ? tokenSecret(name, account) : value })
  if (account) await untilThere(admin, `${path}/${name}`, '"token":')
}

/** Makes a secret what it was before an attack: gone, if it was not there. */
export async function restoreSecret(admin: Field['admin'], namespace: string, name: string): Promise<void> {
  await admin({ method: 'DELETE', path: `${core(namespace, 'secrets')}/${name}` })
  const before = secrets.find((secret) => secret.namespace === namespace && secret.name === name)
  if (before) await makeSecret(admin, before)
}

export function tokenSecret(name: string, account: string): object {
  const annotations = { 'kubernetes.io/service-account.name': account }
  const metadata = { name, annotations }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token' }
}

async function untilThere(admin: Field['admin'], path: string, words: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await admin({ method: 'GET', path })).body.includes(words)) return
    await sleep(50)
  }
  throw new Error(`${path} never had ${words}`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Field } from './paths-field.ts'
import { accounts, places, secrets } from './paths-words.ts'

/** What only who reads the secrets of kube-system knows. */
export const proof = { namespace: 'kube-system', name: 'proof', value: 'seen' }

/** Makes what all worlds have beside RBAC: accounts, their tokens, and secrets. */
export async function prepare(admin: Field['admin']): Promise<void> {
  const core = (namespace: string, collection: string) => `/api/v1/namespaces/${namespace}/${collection}`
  for (const { namespace, name } of accounts)
    await admin({ method: 'POST', path: core(namespace, 'serviceaccounts'), body: { metadata: { name } } })
  for (const { namespace, name, account } of secrets) {
    const body = account
      ? tokenSecret(name, account)
      : { metadata: { name }, stringData: { value: `${namespace}-value` } }
    await admin({ method: 'POST', path: core(namespace, 'secrets'), body })
  }
  const body = { metadata: { name: proof.name }, stringData: { value: proof.value } }
  await admin({ method: 'POST', path: core(proof.namespace, 'secrets'), body })
  for (const namespace of places) await untilThere(admin, `${core(namespace, 'secrets')}/key`, '"token":')
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

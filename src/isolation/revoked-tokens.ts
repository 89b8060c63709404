import { setTimeout as sleep } from 'node:timers/promises'
import { objectPath } from '../cluster/object-path.ts'
import type { ObjectRef, Plan } from '../change/plan.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { getObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'
import type { IsolationWarning } from './report.ts'

// The API server remembers a token it has accepted for ten seconds. Source: kubeapiserver/authenticator/config.go (TokenSuccessCacheTTL).
const patience = 20_000

/** Whether the legacy tokens that the plan invalidated are refused now: each is shown to the API server until it is. */
export async function tokenWarnings(cluster: Cluster, { changes }: Plan): Promise<IsolationWarning[]> {
  const secrets = changes
    .filter(({ do: how, ref }) => how === 'patch' && ref.resource === 'secrets')
    .map(({ ref }) => ref)
  return await Promise.all(
    secrets.map(async (ref): Promise<IsolationWarning> => {
      const what = `the token in Secret ${ref.namespace}/${ref.name}`
      try {
        const refused = await isRefused(cluster, ref)
        if (refused) return { kind: 'identity', text: `${what} is refused by the API server now (tried)` }
        return {
          kind: 'identity',
          text: `${what} is still accepted by the API server`,
          next: `delete the Secret: kubectl delete secret ${ref.name} -n ${ref.namespace}`,
        }
      } catch (error) {
        if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
        return { kind: 'identity', text: `whether ${what} is refused was not seen: ${error.message}` }
      }
    }),
  )
}

async function isRefused(cluster: Cluster, ref: ObjectRef): Promise<boolean> {
  const secret = await getObject(cluster, objectPath(ref))
  const packed = (secret?.['data'] as { token?: unknown } | undefined)?.token
  if (typeof packed !== 'string') return true
  const token = Buffer.from(packed, 'base64').toString('utf8')
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
  for (const end = Date.now() + patience; ; ) {
    const review = await cluster.json<{ status?: { authenticated?: boolean } }>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body,
    })
    if (review.status?.authenticated !== true) return true
    if (Date.now() > end) return false
    await sleep(500)
  }
}

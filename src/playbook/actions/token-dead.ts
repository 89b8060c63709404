import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../cluster/cluster.ts'
import { objectPath } from '../../cluster/object-path.ts'
import { getObject } from '../../cluster/write.ts'
import { SecureError } from '../../errors.ts'
import { type Getter, getterOf, kinds } from '../../isolation/get.ts'
import { metaOf, type Raw } from '../../isolation/raw.ts'
import { readTokenSecrets } from '../../isolation/read-extras.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { Pinned } from '../model.ts'
import { question } from './define.ts'
import { gapOutputs, told } from './gaps.ts'
import { may } from './rights.ts'
import { pinnedOf, podsOf, stillThere, textOf } from './targets.ts'

// What an API server has accepted it goes on accepting for ten seconds. Source: kubeapiserver/authenticator/config.go (TokenSuccessCacheTTL).
const remembered = 11_000

export const tokenDead = question({
  name: 'token.dead',
  summary: 'Whether the API server takes no token any more that was made for an account, or for a pod',
  with: {
    account: { type: 'serviceaccount', about: 'the account, with the uid that it had when its token was taken' },
    pod: { type: 'pod', about: 'instead: the pod, with its uid, whose own token was taken' },
  },
  outputs: {
    dead: { type: 'bool', about: 'none is taken any more, as far as all of them are known' },
    legacy: {
      type: 'list',
      about: 'Secrets with a token that does not end: pinned, and whether it is refused (tried)',
    },
    bound: { type: 'string', about: 'refused, or valid: tokens that were made for a pod or by a request' },
    holders: { type: 'list', about: 'pods that still have one' },
    why: { type: 'list', about: 'how that is known, as texts' },
    ...gapOutputs,
  },
  rights: ({ account, pod }) => [
    ...(account || !pod ? may('get', 'serviceaccounts', account) : []),
    ...may('get', 'pods', pod),
    ...may('list', 'pods', { namespace: account?.namespace ?? pod?.namespace, optional: true }),
    ...may('get list', 'secrets', { namespace: account?.namespace, optional: true }),
    ...may('create', 'tokenreviews.authentication.k8s.io', { optional: true }),
  ],
  async ask({ engine: { cluster } }, { account, pod }) {
    if ((account === undefined) === (pod === undefined))
      throw new SecureError('usage', 'token.dead needs either an account or a pod')
    const pin = account ?? (pod as Pinned)
    if (pin.uid === undefined) throw new SecureError('usage', `token.dead: ${textOf(pin)} has no uid to tell it by`)
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const found = await stillThere(get, pin)
    const [holders, legacy] = await Promise.all([
      found ? podsOf(get, [pin]) : [],
      account ? legacyOf(cluster, get, account, gaps) : [],
    ])
    // Bound tokens name the uid of their pod and of their account. Source: pkg/serviceaccount/claims.go; seen on 1.34.
    if (!found) await sleep(remembered)
    const isRefused = found === undefined && legacy.every(({ refused }) => refused === true)
    return {
      dead: isRefused && gaps.length === 0,
      legacy,
      bound: found ? 'valid' : 'refused',
      holders: holders.map(pinnedOf),
      why: [
        found
          ? `${textOf(pin)} is there: tokens that were made for it are taken until they end`
          : `${textOf(pin)} with uid ${pin.uid} is gone: the API server refuses tokens that name it`,
        ...legacy.map((one) => `the token in ${textOf(one)} is ${one.refused === true ? 'refused' : 'not refused'}`),
      ],
      ...told(gaps),
    }
  },
})

type Legacy = Pinned & { refused: boolean | null }

async function legacyOf(cluster: Cluster, get: Getter, account: Pinned, gaps: Gap[]): Promise<Legacy[]> {
  const secrets = await readTokenSecrets(get, account.namespace)
  const own = secrets.filter((raw) => metaOf(raw).annotations['kubernetes.io/service-account.name'] === account.name)
  return await Promise.all(
    own.map(async (raw): Promise<Legacy> => ({ ...pinnedOf(raw), refused: await isRefused(cluster, raw, gaps) })),
  )
}

/** Shows the token to the API server, and to nobody else; null where that may not be done. */
async function isRefused(cluster: Cluster, raw: Raw, gaps: Gap[]): Promise<boolean | null> {
  const { namespace, name } = metaOf(raw)
  try {
    const secret = await getObject(cluster, objectPath({ ...kinds.secrets, namespace, name }))
    const packed = (secret?.['data'] as { token?: unknown } | undefined)?.token
    if (typeof packed !== 'string') return true
    const token = Buffer.from(packed, 'base64').toString('utf8')
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
    const path = '/apis/authentication.k8s.io/v1/tokenreviews'
    const review = await cluster.json<{ status?: { authenticated?: boolean } }>({ method: 'POST', path, body })
    return review.status?.authenticated !== true
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    const hides = 'whether its token is refused'
    gaps.push({ what: `the token in Secret ${namespace}/${name}`, why: error.message, hides })
    return null
  }
}

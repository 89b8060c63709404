import { queryOf } from '../request.ts'
import { each } from './each.ts'
import { isOf, type Need } from './question.ts'

const connect = ['create', 'get']

const connected = (subresource: string): Need[] =>
  connect.map((verb) => ({ verb, group: '', resource: 'pods', subresource, level: 'Metadata', longRunning: true }))

/** `exec` is `create` by SPDY and `get` by WebSocket, kubectl's default since 1.31. */
export const exec = each({
  id: 'exec',
  title: 'Who ran commands in containers?',
  severity: 'high',
  attack: ['T1609'],
  words: ['exec', 'attach'],
  needs: [...connected('exec'), ...connected('attach')],
  blind: 'what was typed into a shell; commands run through the kubelet itself (port 10250) or the node',
  match: (request) => {
    const verb = ['exec', 'attach'].find((name) =>
      isOf(request, { verbs: connect, group: '', resources: ['pods'], subresource: name }),
    )
    if (verb === undefined) return undefined
    const command = queryOf(request).getAll('command').join(' ')
    return command === '' ? verb : `${verb}: ${command}`
  },
})

export const portForward = each({
  id: 'port-forward',
  title: 'Who opened tunnels to pods?',
  severity: 'medium',
  attack: ['T1090'],
  words: ['portforward'],
  needs: connected('portforward'),
  blind: 'what went through the tunnel',
  match: (request) =>
    isOf(request, { verbs: connect, group: '', resources: ['pods'], subresource: 'portforward' })
      ? 'port-forward'
      : undefined,
})

export const ephemeralContainers = each({
  id: 'ephemeral-containers',
  title: 'Who added debug containers to running pods?',
  severity: 'high',
  attack: ['T1610', 'T1609'],
  words: ['ephemeralcontainers'],
  needs: ['patch', 'update'].map((verb) => ({
    verb,
    group: '',
    resource: 'pods',
    subresource: 'ephemeralcontainers',
    level: 'Metadata',
  })),
  match: (request) =>
    isOf(request, { verbs: ['patch', 'update'], group: '', resources: ['pods'], subresource: 'ephemeralcontainers' })
      ? 'add an ephemeral container'
      : undefined,
})

export const nodesProxy = each({
  id: 'nodes-proxy',
  title: 'Who talked to kubelets through the API server?',
  severity: 'critical',
  attack: ['T1609', 'T1613'],
  words: ['proxy'],
  needs: ['get', 'create'].map((verb) => ({
    verb,
    group: '',
    resource: 'nodes',
    subresource: 'proxy',
    level: 'Metadata',
    longRunning: true,
  })),
  blind: 'a kubelet asked directly (port 10250)',
  match: (request) => {
    if (!isOf(request, { group: '', resources: ['nodes'], subresource: 'proxy' })) return undefined
    return `${request.verb} ${request.requestURI}`
  },
})

export const tokens = each({
  id: 'tokens',
  title: 'Who minted service account tokens?',
  severity: 'high',
  attack: ['T1528'],
  words: ['token'],
  needs: [{ verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', level: 'Metadata' }],
  match: (request) => {
    if (!isOf(request, { verbs: ['create'], group: '', resources: ['serviceaccounts'], subresource: 'token' }))
      return undefined
    // The requests made with it have this as their user's authentication.kubernetes.io/credential-id.
    const issued = request.annotations['authentication.kubernetes.io/issued-credential-id']
    return issued === undefined ? 'mint a token' : `mint a token (${issued})`
  },
})

export const secretsRead = each({
  id: 'secrets-read',
  title: 'Who read secrets?',
  severity: 'high',
  attack: ['T1552.007'],
  words: ['secrets'],
  needs: ['get', 'list', 'watch'].map((verb) => ({
    verb,
    group: '',
    resource: 'secrets',
    level: 'Metadata',
    ...(verb === 'watch' && { longRunning: true as const }),
  })),
  blind: 'secrets read inside pods, from etcd or from a backup',
  match: (request) => {
    if (!isOf(request, { verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'] })) return undefined
    return `${request.verb || 'read'} secrets`
  },
})

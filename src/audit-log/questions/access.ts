import { queryOf } from '../request.ts'
import { each } from './each.ts'
import { type RequestKind, resourceWords } from './question.ts'

// `create` by SPDY, `get` by WebSocket, kubectl's default since 1.31.
const connections = (...subresources: string[]): RequestKind[] =>
  subresources.map((subresource) => ({ verbs: ['create', 'get'], group: '', resources: ['pods'], subresource }))

export const exec = each({
  id: 'exec',
  title: 'Who ran commands in containers?',
  severity: 'high',
  attack: ['T1609'],
  words: resourceWords('exec', 'attach'),
  about: connections('exec', 'attach'),
  blind: 'what was typed into a shell; commands run through the kubelet itself (port 10250) or the node',
  match: (request) => {
    const command = queryOf(request).getAll('command').join(' ')
    return `${request.object?.subresource}${command === '' ? '' : `: ${command}`}`
  },
})

export const portForward = each({
  id: 'port-forward',
  title: 'Who opened tunnels to pods?',
  severity: 'medium',
  attack: ['T1090'],
  words: resourceWords('portforward'),
  about: connections('portforward'),
  blind: 'what went through the tunnel',
  match: () => 'port-forward',
})

export const ephemeralContainers = each({
  id: 'ephemeral-containers',
  title: 'Who added debug containers to running pods?',
  severity: 'high',
  attack: ['T1610', 'T1609'],
  words: resourceWords('ephemeralcontainers'),
  about: [{ verbs: ['patch', 'update'], group: '', resources: ['pods'], subresource: 'ephemeralcontainers' }],
  match: () => 'add an ephemeral container',
})

export const nodesProxy = each({
  id: 'nodes-proxy',
  title: 'Who talked to kubelets through the API server?',
  severity: 'critical',
  attack: ['T1609', 'T1613'],
  words: resourceWords('proxy'),
  about: [
    { verbs: ['get', 'create', 'update', 'patch', 'delete'], group: '', resources: ['nodes'], subresource: 'proxy' },
  ],
  blind: 'a kubelet asked directly (port 10250)',
  match: ({ verb, requestURI }) => `${verb} ${requestURI}`,
})

export const tokens = each({
  id: 'tokens',
  title: 'Who minted service account tokens?',
  severity: 'high',
  attack: ['T1528'],
  words: resourceWords('token'),
  about: [{ verbs: ['create'], group: '', resources: ['serviceaccounts'], subresource: 'token' }],
  match: ({ annotations }) => {
    // The requests made with it have this as their user's authentication.kubernetes.io/credential-id.
    const issued = annotations['authentication.kubernetes.io/issued-credential-id']
    return issued === undefined ? 'mint a token' : `mint a token (${issued})`
  },
})

export const secretsRead = each({
  id: 'secrets-read',
  title: 'Who read secrets?',
  severity: 'high',
  attack: ['T1552.007'],
  words: resourceWords('secrets'),
  about: [{ verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'] }],
  blind: 'secrets read inside pods, from etcd or from a backup',
  match: ({ verb }) => `${verb || 'read'} secrets`,
})

import { execFileSync } from 'node:child_process'
import type { Sent } from '../../fuzz/server.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const group = 'rbac.authorization.k8s.io'
const certificates = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const core = '/api/v1/namespaces/shop'

type Rule = {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}
export const rule = (verbs: string, resources: string, apiGroup = '', names?: string): Rule => ({
  verbs: verbs.split(','),
  apiGroups: [apiGroup],
  resources: resources.split(','),
  ...(names !== undefined && { resourceNames: names.split(',') }),
})

/** What somebody may, before it is narrowed: each a role of its own, bound in the whole cluster. */
export const granted: Record<string, Rule[]> = {
  reader: [rule('get,list,watch,delete', 'pods,pods/log,services'), rule('get,list', 'secrets', '', 'db,other')],
  applier: [rule('get,patch', 'configmaps'), rule('create', 'configmaps', '', 'applied-1,applied-2,never')],
  putter: [rule('update,get,create,delete', 'leases', 'coordination.k8s.io')],
  runner: [rule('*', 'pods,pods/exec,pods/attach')],
  binder: [rule('create,update,patch,delete', 'rolebindings', group), rule('bind', 'clusterroles', group, 'view,edit')],
  // Holds what it binds, and never asks for it.
  coverer: [rule('create,delete', 'rolebindings,roles', group), rule('get,list', 'pods,events')],
  escalator: [rule('create,update', 'roles', group), rule('escalate', 'roles,clusterroles', group)],
  actor: [
    rule('impersonate', 'users,groups,serviceaccounts'),
    rule('impersonate', 'userextras/scopes,uids', 'authentication.k8s.io'),
  ],
  approver: [
    rule('get,update,patch', 'certificatesigningrequests,certificatesigningrequests/approval', 'certificates.k8s.io'),
    rule('approve,sign', 'signers', 'certificates.k8s.io', 'example.com/a,example.com/b,example.com/*'),
  ],
  prober: [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/healthz/*', '/logs/*'] }],
  cleaner: [rule('delete,deletecollection,list', 'configmaps,secrets')],
  idle: [rule('get', 'secrets')],
}

export type Step = { by: string; sent: Sent }
type Send = (by: string, sent: Sent) => Promise<{ status: number; body: string }>

/** What they do, each time with objects of its own. Whom it sends for `admin` makes what it is done to. */
export async function work(send: Send, round: number): Promise<void> {
  const to = (method: string, path: string, body?: unknown, type?: string, headers?: Sent['headers']): Sent => ({
    method,
    path,
    ...(body !== undefined && { body }),
    ...(type !== undefined && { type }),
    ...(headers && { headers }),
  })
  const apply = 'application/apply-patch+yaml'
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `applied-${round}` }, data: { a: 'b' } }
  const role = (name: string, rules: Rule[]) => ({
    apiVersion: `${group}/v1`,
    kind: 'Role',
    metadata: { name, namespace: 'shop' },
    rules,
  })
  const binding = (name: string, to_: string) => ({
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace: 'shop' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: to_ },
    subjects: [{ apiGroup: group, kind: 'User', name: 'whoever' }],
  })
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: `lease-${round}`, namespace: 'shop' },
    spec: {},
  }

  await send('reader', to('GET', `${core}/pods/x/log`))
  await send('reader', to('GET', `${core}/pods?watch=1&timeoutSeconds=1`))
  await send('reader', to('GET', `${core}/secrets/db`))
  await send('reader', to('GET', '/api/v1/secrets?fieldSelector=metadata.name%3Ddb'))
  await send(
    'applier',
    to(
      'PATCH',
      `${core}/configmaps/applied-1?fieldManager=x&force=true`,
      { ...applied, metadata: { name: 'applied-1' } },
      apply,
    ),
  )
  await send('putter', to('PUT', `/apis/coordination.k8s.io/v1/namespaces/shop/leases/lease-${round}`, lease))
  await send('runner', to('POST', `${core}/pods/x/exec?command=id`))
  await send('binder', to('POST', `${rbac}/namespaces/shop/rolebindings`, binding(`bound-${round}`, 'view')))
  await send('coverer', to('POST', `${rbac}/namespaces/shop/rolebindings`, binding(`covered-${round}`, 'pod-getter')))
  await send(
    'coverer',
    to('POST', `${rbac}/namespaces/shop/roles`, role(`held-${round}`, [rule('list', 'pods', '', 'a')])),
  )
  await send(
    'escalator',
    to('POST', `${rbac}/namespaces/shop/roles`, role(`escalated-${round}`, [rule('*', '*', '*')])),
  )
  await send(
    'actor',
    to('GET', `${core}/pods`, undefined, undefined, {
      'impersonate-user': 'reader',
      'impersonate-group': ['auditors'],
      'impersonate-extra-scopes': 'read',
      'impersonate-uid': 'u-1',
    }),
  )
  await send(
    'actor',
    to('GET', `${core}/endpoints`, undefined, undefined, { 'impersonate-user': 'system:serviceaccount:shop:robot' }),
  )
  await send('prober', to('GET', '/%6detrics'))
  await send('cleaner', to('DELETE', `${core}/configmaps/applied-9?propagationPolicy=Foreground`))
  await send('cleaner', to('DELETE', `${core}/secrets?labelSelector=no%3Dsuch`))
  await send('root', to('GET', '/api/v1/nodes'))
  await send('root', to('GET', '/version'))
  await approve(send, round)
}

async function approve(send: Send, round: number): Promise<void> {
  const name = `csr-${round}`
  const spec = { request: certificateRequest(), signerName: 'example.com/a', usages: ['client auth'] }
  await send('admin', {
    method: 'POST',
    path: certificates,
    body: { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec },
  })
  const { body } = await send('approver', { method: 'GET', path: `${certificates}/${name}` })
  const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }] }
  await send('approver', {
    method: 'PUT',
    path: `${certificates}/${name}/approval`,
    body: { ...(JSON.parse(body) as object), status },
  })
}

/** A certificate signing request in PEM, as the API takes it. */
export function certificateRequest(): string {
  const pem = execFileSync(
    'openssl',
    [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      '/CN=x',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return pem.toString('base64')
}

/** What they might have done and did not: allowed before, and refused once it is narrowed. */
export const nearMisses: Step[] = [
  { by: 'reader', sent: { method: 'GET', path: `${core}/pods/x` } },
  { by: 'reader', sent: { method: 'GET', path: `${core}/secrets/other` } },
  { by: 'reader', sent: { method: 'GET', path: `${core}/services?watch=1&timeoutSeconds=1` } },
  { by: 'applier', sent: { method: 'GET', path: `${core}/configmaps/applied-1` } },
  {
    by: 'applier',
    sent: {
      method: 'PATCH',
      path: `${core}/configmaps/never?fieldManager=x&dryRun=All`,
      type: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'never' } },
    },
  },
  { by: 'putter', sent: { method: 'DELETE', path: '/apis/coordination.k8s.io/v1/namespaces/shop/leases/none' } },
  { by: 'runner', sent: { method: 'POST', path: `${core}/pods/x/attach` } },
  { by: 'runner', sent: { method: 'GET', path: `${core}/pods/x/exec?command=id` } },
  {
    by: 'binder',
    sent: {
      method: 'POST',
      path: `${rbac}/namespaces/shop/rolebindings?dryRun=All`,
      body: {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'edits' },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'edit' },
        subjects: [],
      },
    },
  },
  { by: 'coverer', sent: { method: 'GET', path: `${core}/events/none` } },
  {
    by: 'escalator',
    sent: {
      method: 'PUT',
      path: `${rbac}/namespaces/shop/roles/held-1?dryRun=All`,
      body: { apiVersion: `${group}/v1`, kind: 'Role', metadata: { name: 'held-1' }, rules: [] },
    },
  },
  { by: 'actor', sent: { method: 'GET', path: `${core}/pods`, headers: { 'impersonate-user': 'root' } } },
  {
    by: 'actor',
    sent: {
      method: 'GET',
      path: `${core}/pods`,
      headers: { 'impersonate-user': 'reader', 'impersonate-group': 'others' },
    },
  },
  {
    by: 'actor',
    sent: { method: 'GET', path: '/api', headers: { 'impersonate-user': 'system:serviceaccount:shop:reader' } },
  },
  {
    by: 'approver',
    sent: {
      method: 'PATCH',
      path: `${certificates}/csr-1/approval?dryRun=All`,
      type: 'application/merge-patch+json',
      body: { metadata: { labels: { a: 'b' } } },
    },
  },
  { by: 'prober', sent: { method: 'GET', path: '/healthz/ping' } },
  { by: 'cleaner', sent: { method: 'DELETE', path: `${core}/secrets/none` } },
  { by: 'cleaner', sent: { method: 'DELETE', path: `${core}/configmaps?labelSelector=no%3Dsuch&dryRun=All` } },
  { by: 'idle', sent: { method: 'GET', path: `${core}/secrets/db` } },
  { by: 'root', sent: { method: 'GET', path: '/api/v1/nodes/none' } },
  { by: 'root', sent: { method: 'GET', path: '/metrics' } },
]

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { actAs } from '../../fuzz/server.ts'
import { rbacGroup, type WorldObject } from '../../fuzz/world.ts'
import { bind, clusterRole, eve, everywhere, home, inside, rule } from '../rbac/harness.ts'
import { bindingTo, type Case, done, escalations, rbacPath, soon, type Tools, writesNodes } from './escalations.ts'

const admin = { kind: 'admin' } as const
const boss: Subject = { kind: 'User', name: 'boss' }
const clerk: Subject = { kind: 'User', name: 'clerk' }
const bosses: Subject = { kind: 'Group', name: 'bosses' }
const robot: Subject = { kind: 'ServiceAccount', namespace: home, name: 'robot' }
const gone: Subject = { kind: 'ServiceAccount', namespace: home, name: 'gone' }
const robotName = `system:serviceaccount:${home}:robot`
const toSubject = (subject: Subject) => ({ kind: 'subject', subject }) as const

/** The subject has everything: who is it, is an admin. */
const rules = (subject: Subject): WorldObject[] => [
  clusterRole('full', rule('*', '*', '*')),
  bind({ kind: 'ClusterRole', name: 'full' }, undefined, subject),
]
const accountPath = `/api/v1/namespaces/${home}/serviceaccounts`
const secretPath = `/api/v1/namespaces/${home}/secrets`
const account = { path: accountPath, body: { metadata: { name: 'robot' } } }
const tokenSecret = (name: string) => ({
  path: secretPath,
  body: {
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    type: 'kubernetes.io/service-account-token',
  },
})

const impersonates = async ({ eve: send }: Tools, user: string, groups: string[] = []) =>
  done(await send({ ...writesNodes, headers: actAs(user, groups) }))

const impersonating: Case[] = [
  {
    name: 'a user by name',
    objects: [...everywhere(eve, rule('impersonate', '', 'users', 'boss')), ...rules(boss)],
    to: admin,
    by: 'imp-user',
    attempt: (tools) => impersonates(tools, 'boss'),
  },
  {
    name: 'another user by name',
    objects: [...everywhere(eve, rule('impersonate', '', 'users', 'clerk')), ...rules(boss)],
    to: admin,
    attempt: (tools) => impersonates(tools, 'boss'),
  },
  {
    name: 'users by a RoleBinding',
    objects: [...inside(home, eve, rule('impersonate', '', 'users,groups')), ...rules(boss)],
    to: admin,
    attempt: (tools) => impersonates(tools, 'boss'),
  },
  {
    name: 'the name of a service account is no user’s',
    objects: [...everywhere(eve, rule('impersonate', '', 'users', robotName)), ...rules(robot)],
    beside: [account],
    to: toSubject(robot),
    attempt: (tools) => impersonates(tools, robotName),
  },
  {
    name: 'a service account by a RoleBinding and its name',
    objects: [...inside(home, eve, rule('impersonate', '', 'serviceaccounts', 'robot')), ...rules(robot)],
    beside: [account],
    to: admin,
    by: 'imp-sa',
    attempt: (tools) => impersonates(tools, robotName),
  },
  {
    name: 'a service account of another namespace',
    objects: [...inside('fuzz-b', eve, rule('impersonate', '', 'serviceaccounts')), ...rules(robot)],
    beside: [account],
    to: admin,
    attempt: (tools) => impersonates(tools, robotName),
  },
  {
    name: 'a service account that does not exist',
    objects: [...inside(home, eve, rule('impersonate', '', 'serviceaccounts')), ...rules(gone)],
    to: admin,
    by: 'imp-sa',
    attempt: (tools) => impersonates(tools, `system:serviceaccount:${home}:gone`),
  },
  {
    name: 'by somebody whom it impersonates: a request names one beside its author',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'users', 'clerk')),
      clusterRole('mask', rule('impersonate', '', 'users', 'boss')),
      bind({ kind: 'ClusterRole', name: 'mask' }, undefined, clerk),
      ...rules(boss),
    ],
    to: admin,
    attempt: async (tools) =>
      (await impersonates(tools, 'boss')) ||
      done(await tools.eve({ ...writesNodes, headers: { 'impersonate-user': ['clerk', 'boss'] } })),
  },
  {
    name: 'by the right of somebody whom it impersonates, who passes it on',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'users', 'clerk')),
      clusterRole('mask', rule('impersonate', '', 'users', 'boss'), rule('create', rbacGroup, 'clusterrolebindings')),
      bind({ kind: 'ClusterRole', name: 'mask' }, undefined, clerk),
      ...rules(boss),
    ],
    to: admin,
    by: 'imp-user',
    attempt: async (tools) => {
      const body = bindingTo('ClusterRole', 'mask')
      await tools.eve({ method: 'POST', path: rbacPath('clusterrolebindings'), body, headers: actAs('clerk', []) })
      return await soon(() => impersonates(tools, 'boss'))
    },
  },
  {
    name: 'a group with some user',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'groups', 'bosses'), rule('impersonate', '', 'users', 'clerk')),
      ...rules(bosses),
    ],
    to: admin,
    by: 'imp-group',
    attempt: (tools) => impersonates(tools, 'clerk', ['bosses']),
  },
  {
    name: 'a group with some service account, by another binding',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'groups')),
      clusterRole('mask', rule('impersonate', '', 'serviceaccounts', 'any')),
      bind({ kind: 'ClusterRole', name: 'mask' }, 'fuzz-b', { kind: 'Group', name: 'system:authenticated' }),
    ],
    to: admin,
    by: 'imp-group',
    attempt: (tools) => impersonates(tools, 'system:serviceaccount:fuzz-b:any', ['system:masters']),
  },
  {
    name: 'a group alone',
    objects: [...everywhere(eve, rule('impersonate', '', 'groups')), ...rules(bosses)],
    to: admin,
    attempt: async (tools) => {
      const { status } = await tools.eve({ ...writesNodes, headers: { 'impersonate-group': 'bosses' } })
      return status < 300 || (await impersonates(tools, 'clerk', ['bosses']))
    },
  },
  {
    name: 'a group with the name of a service account, of which it has but users',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'groups', 'bosses'), rule('impersonate', '', 'users', robotName)),
      ...rules(bosses),
    ],
    to: admin,
    attempt: (tools) => impersonates(tools, robotName, ['bosses']),
  },
]

const isRobot = async ({ bearer }: Tools, token: string) => done(await bearer(token, writesNodes))
const asksFor = async (tools: Tools, name: string) => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const got = await tools.eve({ method: 'POST', path: `${accountPath}/${name}/token`, body })
  if (!done(got)) return false
  return await isRobot(tools, (JSON.parse(got.body) as { status: { token: string } }).status.token)
}
type Secret = { data?: { token?: string } }
const readsToken = async (tools: Tools, path: string): Promise<boolean> => {
  const read = async () => {
    const got = await tools.eve({ method: 'GET', path })
    if (!done(got)) return undefined
    const parsed = JSON.parse(got.body) as Secret & { items?: Secret[]; object?: Secret }
    return [parsed, ...(parsed.items ?? []), parsed.object].find((secret) => secret?.data?.token)?.data?.token
  }
  let token: string | undefined
  await soon(async () => (token = await read()) !== undefined)
  return token !== undefined && (await isRobot(tools, Buffer.from(token, 'base64').toString()))
}
const mints = async (tools: Tools, name: string) =>
  done(await tools.eve({ method: 'POST', path: secretPath, body: tokenSecret(name).body })) &&
  (await readsToken(tools, `${secretPath}/${name}`).finally(() =>
    tools.admin({ method: 'DELETE', path: `${secretPath}/${name}` }),
  ))

const tokens: Case[] = [
  {
    name: 'of a name',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts/token', 'robot')), ...rules(robot)],
    beside: [account],
    to: admin,
    by: 'sa-token',
    attempt: (tools) => asksFor(tools, 'robot'),
  },
  {
    name: 'of another name',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts/token', 'other')), ...rules(robot)],
    beside: [account],
    to: admin,
    attempt: (tools) => asksFor(tools, 'robot'),
  },
  {
    name: 'by pods/* and serviceaccounts/*, which cover no subresource',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts/*', 'serviceaccounts')), ...rules(robot)],
    beside: [account],
    to: admin,
    attempt: (tools) => asksFor(tools, 'robot'),
  },
  {
    name: 'by */token',
    objects: [...inside(home, eve, rule('create', '', '*/token')), ...rules(robot)],
    beside: [account],
    to: admin,
    by: 'sa-token',
    attempt: (tools) => asksFor(tools, 'robot'),
  },
  {
    name: 'of an account that does not exist',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts/token')), ...rules(gone)],
    to: admin,
    attempt: (tools) => asksFor(tools, 'gone'),
  },
  {
    name: 'of an account that it creates',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts,serviceaccounts/token')), ...rules(gone)],
    to: admin,
    by: 'dangling-sa',
    attempt: async (tools) => {
      const body = { metadata: { name: 'gone' } }
      if (!done(await tools.eve({ method: 'POST', path: accountPath, body }))) return false
      return await asksFor(tools, 'gone').finally(() => tools.admin({ method: 'DELETE', path: `${accountPath}/gone` }))
    },
  },
  {
    name: 'of an account that is missing in a namespace of which it has everything',
    objects: [...inside(home, eve, rule('*', '*', '*')), ...rules(gone)],
    to: admin,
    by: 'admin-all',
    attempt: async (tools) => {
      const body = { metadata: { name: 'gone' } }
      if (!done(await tools.eve({ method: 'POST', path: accountPath, body }))) return false
      return await asksFor(tools, 'gone').finally(() => tools.admin({ method: 'DELETE', path: `${accountPath}/gone` }))
    },
  },
  {
    name: 'only creates the account',
    objects: [...inside(home, eve, rule('create', '', 'serviceaccounts')), ...rules(gone)],
    to: admin,
    attempt: async (tools) => {
      const body = { metadata: { name: 'gone' } }
      await tools.eve({ method: 'POST', path: accountPath, body })
      return await asksFor(tools, 'gone').finally(() => tools.admin({ method: 'DELETE', path: `${accountPath}/gone` }))
    },
  },
]

const secrets: Case[] = [
  {
    name: 'gets a token by its name',
    objects: [...inside(home, eve, rule('get', '', 'secrets', 'key')), ...rules(robot)],
    beside: [account, tokenSecret('key')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => readsToken(tools, `${secretPath}/key`),
  },
  {
    name: 'lists one by its name',
    objects: [...inside(home, eve, rule('list', '', 'secrets', 'key')), ...rules(robot)],
    beside: [account, tokenSecret('key')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => readsToken(tools, `${secretPath}?fieldSelector=metadata.name=key`),
  },
  {
    name: 'only watches',
    objects: [...inside(home, eve, rule('watch', '', 'secrets')), ...rules(robot)],
    beside: [account, tokenSecret('key')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => readsToken(tools, `${secretPath}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name=key`),
  },
  {
    name: 'gets another by its name',
    objects: [...inside(home, eve, rule('get,list,watch', '', 'secrets', 'other')), ...rules(robot)],
    beside: [account, tokenSecret('key')],
    to: admin,
    attempt: (tools) => readsToken(tools, `${secretPath}/key`),
  },
  {
    name: 'makes a token and reads it, of a name that it may get',
    objects: [...inside(home, eve, rule('create', '', 'secrets'), rule('get', '', 'secrets', 'mine')), ...rules(robot)],
    beside: [account],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => mints(tools, 'mine'),
  },
  {
    name: 'makes one and cannot read it',
    objects: [...inside(home, eve, rule('create,update', '', 'secrets')), ...rules(robot)],
    beside: [account],
    to: admin,
    attempt: (tools) => mints(tools, 'mine'),
  },
  {
    name: 'reads in another namespace than it makes them in',
    objects: [
      ...inside(home, eve, rule('create', '', 'secrets')),
      ...inside('fuzz-b', eve, rule('get,list', '', 'secrets')),
      ...rules(robot),
    ],
    beside: [account],
    to: admin,
    attempt: (tools) => mints(tools, 'mine'),
  },
]

const group = 'certificates.k8s.io'
const requests = `/apis/${group}/v1/certificatesigningrequests`
const client = 'kubernetes.io/kube-apiserver-client'
let count = 0

type Request = { metadata: { name: string }; spec: object; status?: { certificate?: string; conditions?: object[] } }

async function asksToBe(
  { eve: send, cluster }: Tools,
  subject: string,
  signerName = client,
): Promise<string | undefined> {
  const dir = dirname(cluster.caFile)
  const name = `ask-${(count += 1)}`
  const file = join(dir, `${name}.request`)
  await promisify(execFile)('openssl', ['req', '-new', '-key', await keyOf(cluster), '-subj', subject, '-out', file])
  const usages = signerName === client ? ['client auth'] : ['client auth', 'digital signature', 'key encipherment']
  const spec = { request: (await readFile(file)).toString('base64'), signerName, usages }
  const body = { apiVersion: `${group}/v1`, kind: 'CertificateSigningRequest', metadata: { name }, spec }
  return done(await send({ method: 'POST', path: requests, body })) ? name : undefined
}

// The key of the user that the tools' certificates are used with.
async function keyOf(cluster: Tools['cluster']): Promise<string> {
  return (await cluster.clientCert('unused')).keyFile
}
const approving = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }] } }

/** Approves a request, and reads what was signed from the answer to another patch: with no right to get. */
async function approved({ eve: send }: Tools, name: string): Promise<string | undefined> {
  const patch = { method: 'PATCH', path: `${requests}/${name}/approval`, type: 'application/merge-patch+json' }
  let certificate: string | undefined
  await soon(async () => {
    const got = await send({ ...patch, body: approving })
    if (!done(got)) return true
    certificate = (JSON.parse(got.body) as Request).status?.certificate
    return certificate !== undefined
  })
  return certificate === undefined ? undefined : Buffer.from(certificate, 'base64').toString()
}

const becomes = async (tools: Tools, subject: string) => {
  const name = await asksToBe(tools, subject)
  return name !== undefined && (await approved(tools, name)) !== undefined
}
const write = [
  rule('create', group, 'certificatesigningrequests'),
  rule('patch', group, 'certificatesigningrequests/approval'),
]

const certificates: Case[] = [
  {
    name: 'of a group that has everything, by the domain of the signer',
    objects: [...everywhere(eve, ...write, rule('approve', group, 'signers', 'kubernetes.io/*')), ...rules(bosses)],
    to: admin,
    by: 'csr-approve',
    attempt: (tools) => becomes(tools, '/CN=x/O=bosses'),
  },
  {
    name: 'approves by another role of its groups',
    objects: [
      ...everywhere(eve, ...write),
      clusterRole('signs', rule('approve', group, 'signers', client)),
      bind({ kind: 'ClusterRole', name: 'signs' }, undefined, { kind: 'Group', name: 'system:authenticated' }),
      ...rules(bosses),
    ],
    to: admin,
    by: 'csr-approve',
    attempt: (tools) => becomes(tools, '/CN=x/O=bosses'),
  },
  {
    name: 'of a service account’s name',
    objects: [...everywhere(eve, ...write, rule('approve', group, 'signers', client)), ...rules(gone)],
    to: admin,
    by: 'csr-approve',
    attempt: (tools) => becomes(tools, `/CN=system:serviceaccount:${home}:gone`),
  },
  {
    name: 'without the signer',
    objects: [...everywhere(eve, ...write), ...rules(bosses)],
    to: admin,
    attempt: (tools) => becomes(tools, '/CN=x/O=bosses'),
  },
  {
    name: 'by a star for the signer',
    objects: [...everywhere(eve, ...write, rule('approve', group, 'signers', '*')), ...rules(bosses)],
    to: admin,
    attempt: (tools) => becomes(tools, '/CN=x/O=bosses'),
  },
  {
    name: 'with no right to approve what it asks for',
    objects: [
      ...everywhere(
        eve,
        rule('create', group, 'certificatesigningrequests'),
        rule('approve', group, 'signers'),
        rule('get', group, 'certificatesigningrequests/approval'),
      ),
      ...rules(bosses),
    ],
    to: admin,
    attempt: (tools) => becomes(tools, '/CN=x/O=bosses'),
  },
  {
    name: 'of the masters, whom admission refuses',
    objects: everywhere(eve, ...write, rule('approve', group, 'signers', client)),
    to: toSubject({ kind: 'Group', name: 'system:masters' }),
    attempt: (tools) => becomes(tools, '/CN=x/O=system:masters'),
  },
  {
    name: 'of a kubelet, approved by itself',
    objects: everywhere(
      eve,
      rule('create', group, 'certificatesigningrequests,certificatesigningrequests/nodeclient'),
      rule('get', group, 'certificatesigningrequests'),
    ),
    to: { kind: 'ability', ability: 'node-credential', scope: '*' },
    by: 'csr-node',
    attempt: (tools) => joins(tools),
  },
  {
    name: 'of a kubelet, with the right to renew alone',
    objects: everywhere(
      eve,
      rule('create', group, 'certificatesigningrequests,certificatesigningrequests/selfnodeclient'),
      rule('get', group, 'certificatesigningrequests'),
    ),
    to: { kind: 'ability', ability: 'node-credential', scope: '*' },
    attempt: (tools) => joins(tools),
  },
  {
    name: 'of a kubelet, with a right of a name, which is asked for without one',
    objects: everywhere(
      eve,
      rule('create', group, 'certificatesigningrequests'),
      rule('create', group, 'certificatesigningrequests/nodeclient', 'ask'),
      rule('get', group, 'certificatesigningrequests'),
    ),
    to: { kind: 'ability', ability: 'node-credential', scope: '*' },
    attempt: (tools) => joins(tools),
  },
]

async function joins(tools: Tools): Promise<boolean> {
  const name = await asksToBe(tools, '/CN=system:node:n1/O=system:nodes', `${client}-kubelet`)
  return await soon(async () => {
    const got = await tools.eve({ method: 'GET', path: `${requests}/${name ?? ''}` })
    return done(got) && (JSON.parse(got.body) as Request).status?.certificate !== undefined
  }, 4000)
}

const bootstrapToken = {
  metadata: { name: 'bootstrap-token-abcdef' },
  type: 'bootstrap.kubernetes.io/token',
  stringData: {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:lords',
  },
}
const systemSecrets = '/api/v1/namespaces/kube-system/secrets'
const bootstraps = async (tools: Tools) => {
  const made = await tools.eve({ method: 'POST', path: systemSecrets, body: bootstrapToken })
  const isIn = async () => done(await tools.bearer('abcdef.0123456789abcdef', writesNodes))
  const isGained = done(made) && (await soon(isIn))
  await tools.admin({ method: 'DELETE', path: `${systemSecrets}/bootstrap-token-abcdef` })
  return isGained
}
const lords: Subject = { kind: 'Group', name: 'system:bootstrappers:lords' }

const bootstrap: Case[] = [
  {
    name: 'of a group that has everything',
    objects: [...everywhere(eve, rule('create', '', 'secrets')), ...rules(lords)],
    to: admin,
    by: 'bootstrap-token',
    attempt: bootstraps,
  },
  {
    name: 'of another namespace',
    objects: [...inside(home, eve, rule('create', '', 'secrets')), ...rules(lords)],
    to: admin,
    attempt: bootstraps,
  },
]

describeWithCluster(
  'control-plane',
  'ways by identities',
  (cluster) => escalations(cluster, [...impersonating, ...tokens, ...secrets, ...certificates, ...bootstrap]),
  {
    ...quietCluster,
    apiserverFlags: [...(quietCluster.apiserverFlags ?? []), '--enable-bootstrap-token-auth=true'],
  },
)

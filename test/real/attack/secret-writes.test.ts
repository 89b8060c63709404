import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import type { Sent } from '../../fuzz/server.ts'
import { bind, clusterRole, eve, home, inside, rule } from '../rbac/harness.ts'
import { type Case, done, escalations, soon, type Tools, writesNodes } from './escalations.ts'

// What the answers to writes give away, and what may be made of secrets that are there.

const admin = { kind: 'admin' } as const
const core = (collection: string) => `/api/v1/namespaces/${home}/${collection}`
const robot = { kind: 'ServiceAccount', namespace: home, name: 'robot' } as const
const full = [clusterRole('full', rule('*', '*', '*')), bind({ kind: 'ClusterRole', name: 'full' }, undefined, robot)]
const account = (name: string) => ({ path: core('serviceaccounts'), body: { metadata: { name } } })
const tokenOf = (name: string, called: string) => ({
  metadata: { name: called, annotations: { 'kubernetes.io/service-account.name': name } },
  type: 'kubernetes.io/service-account-token',
})
const secret = (called: string, of: string) => ({ path: core('secrets'), body: tokenOf(of, called) })
const plain = { path: core('secrets'), body: { metadata: { name: 'plain' }, stringData: { value: 'x' } } }
const merge = 'application/merge-patch+json'

const path = (name: string) => `${core('secrets')}/${name}`
const patches = (name: string): Sent => ({ method: 'PATCH', path: `${path(name)}?dryRun=All`, type: merge, body: {} })
const gets = (name: string): Sent => ({ method: 'GET', path: path(name) })
const deletes = (name: string): Sent => {
  return { method: 'DELETE', path: `${path(name)}?dryRun=All&propagationPolicy=Foreground` }
}
const deletesAll = (name: string): Sent => {
  return { method: 'DELETE', path: `${core('secrets')}?dryRun=All&fieldSelector=metadata.name=${name}` }
}

type Secret = { data?: { token?: string } }

/** Whether the answer has a token of robot's, who has everything; soon, as a controller writes it. */
async function isRobots({ eve: send, bearer }: Tools, sent: Sent): Promise<boolean> {
  return await soon(async () => {
    const got = await send(sent)
    if (!done(got)) return false
    const said = JSON.parse(got.body) as Secret & { items?: Secret[] }
    const token = [said, ...(said.items ?? [])].find(({ data }) => data?.token)?.data?.token
    return token !== undefined && done(await bearer(Buffer.from(token, 'base64').toString(), writesNodes))
  })
}

/** Makes the token secret of another account robot's. */
async function retargets(tools: Tools, name: string, by: 'PATCH' | 'PUT', read: Sent): Promise<boolean> {
  const annotations = { 'kubernetes.io/service-account.name': 'robot', 'kubernetes.io/service-account.uid': null }
  const body = by === 'PUT' ? tokenOf('robot', name) : { metadata: { annotations }, data: null }
  const changed = await tools.eve({ method: by, path: path(name), ...(by === 'PUT' ? {} : { type: merge }), body })
  return done(changed) && (await isRobots(tools, read))
}

async function mints(tools: Tools, name: string, read: Sent, isApply = false): Promise<boolean> {
  const body = tokenOf('robot', name)
  const type = 'application/apply-patch+yaml'
  const made: Sent = isApply
    ? {
        method: 'PATCH',
        path: `${path(name)}?fieldManager=eve`,
        type,
        body: { apiVersion: 'v1', kind: 'Secret', ...body },
      }
    : { method: 'POST', path: core('secrets'), body }
  if (!done(await tools.eve(made))) return false
  const isGained = await isRobots(tools, read)
  await tools.admin({ method: 'DELETE', path: path(name) })
  return isGained
}

const disclosing: Case[] = [
  {
    name: 'patches one with nothing, and reads the answer',
    objects: [...inside(home, eve, rule('patch', '', 'secrets', 'key')), ...full],
    beside: [account('robot'), secret('key', 'robot')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => isRobots(tools, patches('key')),
  },
  {
    name: 'rehearses the deletion of one, and reads the answer',
    objects: [...inside(home, eve, rule('delete', '', 'secrets', 'key')), ...full],
    beside: [account('robot'), secret('key', 'robot')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => isRobots(tools, deletes('key')),
  },
  {
    name: 'rehearses the deletion of all, and reads the answer',
    objects: [...inside(home, eve, rule('deletecollection', '', 'secrets')), ...full],
    beside: [account('robot'), secret('key', 'robot')],
    to: admin,
    by: 'secret-read',
    attempt: (tools) => isRobots(tools, deletesAll('key')),
  },
  {
    name: 'the same by a name, which a collection has not',
    objects: [...inside(home, eve, rule('deletecollection', '', 'secrets', 'key')), ...full],
    beside: [account('robot'), secret('key', 'robot')],
    to: admin,
    attempt: (tools) => isRobots(tools, deletesAll('key')),
  },
  {
    name: 'writes one anew, and is told what it wrote',
    objects: [...inside(home, eve, rule('update', '', 'secrets')), ...full],
    beside: [account('robot'), secret('key', 'robot')],
    to: admin,
    attempt: (tools) => isRobots(tools, { method: 'PUT', path: path('key'), body: tokenOf('robot', 'key') }),
  },
]

const makesHere = inside(home, eve, rule('create', '', 'secrets'))
const readsEverywhere = [
  clusterRole('reads', rule('get', '', 'secrets', 'plain')),
  bind({ kind: 'ClusterRole', name: 'reads' }, undefined, eve),
]
const elsewhere = { ...plain, path: '/api/v1/namespaces/fuzz-b/secrets' }

const making: Case[] = [
  {
    name: 'makes a token secret, and reads it by a patch',
    objects: [...inside(home, eve, rule('create,patch', '', 'secrets')), ...full],
    beside: [account('robot')],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => mints(tools, 'mine', patches('mine')),
  },
  {
    name: 'makes the token of an account that of another, by a patch',
    objects: [...inside(home, eve, rule('patch', '', 'secrets', 'key')), ...full],
    beside: [account('robot'), account('clerk'), secret('key', 'clerk')],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => retargets(tools, 'key', 'PATCH', patches('key')),
  },
  {
    name: 'the same by a PUT, with a right to read it',
    objects: [...inside(home, eve, rule('get,update', '', 'secrets', 'key')), ...full],
    beside: [account('robot'), account('clerk'), secret('key', 'clerk')],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => retargets(tools, 'key', 'PUT', gets('key')),
  },
  {
    name: 'makes a token of a secret that is none',
    objects: [...inside(home, eve, rule('get,update,patch', '', 'secrets', 'plain')), ...full],
    beside: [account('robot'), plain],
    to: admin,
    attempt: (tools) => retargets(tools, 'plain', 'PUT', gets('plain')),
  },
  {
    name: 'may read one name alone, which another secret has',
    objects: [...inside(home, eve, rule('create', '', 'secrets'), rule('get', '', 'secrets', 'plain')), ...full],
    beside: [account('robot'), plain],
    to: admin,
    attempt: (tools) => mints(tools, 'plain', gets('plain')),
  },
  {
    name: 'deletes the secret that has the only name that it may read',
    objects: [...inside(home, eve, rule('create', '', 'secrets'), rule('delete', '', 'secrets', 'plain')), ...full],
    beside: [account('robot'), plain],
    to: admin,
    by: 'secret-mint',
    attempt: async (tools) =>
      done(await tools.eve({ method: 'DELETE', path: path('plain') })) &&
      (await mints(tools, 'plain', deletes('plain'))),
  },
  {
    name: 'makes them in one namespace, and may read everywhere a name that a secret of another has',
    objects: [...makesHere, ...readsEverywhere, ...full],
    beside: [account('robot'), elsewhere],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => mints(tools, 'plain', gets('plain')),
  },
  {
    name: 'the same with a secret here too',
    objects: [...makesHere, ...readsEverywhere, ...full],
    beside: [account('robot'), elsewhere, plain],
    to: admin,
    attempt: (tools) => mints(tools, 'plain', gets('plain')),
  },
  {
    name: 'may create and read one name everywhere, which a secret of another namespace has',
    objects: [
      clusterRole('reads', rule('create,get,patch', '', 'secrets', 'plain')),
      bind({ kind: 'ClusterRole', name: 'reads' }, undefined, eve),
      ...full,
    ],
    beside: [account('robot'), elsewhere],
    to: admin,
    by: 'secret-mint',
    attempt: (tools) => mints(tools, 'plain', gets('plain'), true),
  },
]

describeWithCluster(
  'control-plane',
  'what writing secrets gives',
  (cluster) => escalations(cluster, [...disclosing, ...making]),
  quietCluster,
)

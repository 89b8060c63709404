import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { actAs } from '../../fuzz/server.ts'
import { rbacGroup as group, type WorldObject } from '../../fuzz/world.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { bind, clusterRole, eve, everywhere, home, inside, rule } from '../rbac/harness.ts'
import {
  bindingTo,
  type Case,
  done,
  escalations,
  isAdmin,
  isAdminOf,
  rbacPath,
  soon,
  type Tools,
  writesNodes,
} from './escalations.ts'

const admin = { kind: 'admin' } as const
const anyNode = { kind: 'any-node' } as const
const merge = 'application/merge-patch+json'
const full = (subject: Subject): WorldObject[] => [
  clusterRole('full', rule('*', '*', '*')),
  bind({ kind: 'ClusterRole', name: 'full' }, undefined, subject),
]
const impersonates = async ({ eve: send }: Tools, user: string) =>
  done(await send({ ...writesNodes, headers: actAs(user, []) }))
const accountsOf = (namespace: string): Subject => ({ kind: 'Group', name: `system:serviceaccounts:${namespace}` })

const impersonating: Case[] = [
  {
    name: 'a name that no account has, whose namespace’s accounts have everything',
    objects: [...everywhere(eve, rule('impersonate', '', 'serviceaccounts', 'gone')), ...full(accountsOf(home))],
    to: admin,
    by: 'imp-sa',
    attempt: (tools) => impersonates(tools, `system:serviceaccount:${home}:gone`),
  },
  {
    name: 'the same of another namespace',
    objects: [...inside('fuzz-b', eve, rule('impersonate', '', 'serviceaccounts', 'gone')), ...full(accountsOf(home))],
    to: admin,
    attempt: (tools) => impersonates(tools, `system:serviceaccount:${home}:gone`),
  },
  {
    name: 'whom nobody knows, and who is in the group of those',
    objects: [
      ...everywhere(eve, rule('impersonate', '', 'users', 'system:anonymous')),
      ...full({ kind: 'Group', name: 'system:unauthenticated' }),
    ],
    to: admin,
    by: 'imp-user',
    attempt: (tools) => impersonates(tools, 'system:anonymous'),
  },
]

const bindsHere = (...groups: string[]) => [
  ...everywhere(eve, rule('impersonate', '', 'groups', ...groups), rule('bind', group, 'clusterroles')),
  clusterRole('writes', rule('create', group, 'rolebindings')),
  bind({ kind: 'ClusterRole', name: 'writes' }, home, eve),
]
async function bindsAndActs({ eve: send }: Tools): Promise<boolean> {
  const path = rbacPath('rolebindings', home)
  await send({ method: 'POST', path, body: bindingTo('ClusterRole', 'cluster-admin') })
  const headers = actAs(`system:serviceaccount:${home}:any`, ['system:masters'])
  return await soon(async () => done(await send({ ...writesNodes, headers })))
}

const ofAccounts: Case[] = [
  {
    name: 'a group, with an account of the namespace of which it gets everything',
    objects: bindsHere(),
    to: admin,
    by: 'imp-group',
    attempt: bindsAndActs,
  },
  {
    name: 'a group of a name, with the same',
    objects: bindsHere('clerks'),
    to: admin,
    attempt: bindsAndActs,
  },
]

const confined = (name: string) => ({
  path: '/api/v1/namespaces',
  body: { metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
})

/** Takes the labels off, and has a pod let in that has its node. */
async function takesNode({ eve: send }: Tools, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}`
  const labels = { 'pod-security.kubernetes.io/enforce': null }
  await send({ method: 'PATCH', path, type: merge, body: { metadata: { labels } } })
  const containers = [{ name: 'root', image: 'x', securityContext: { privileged: true } }]
  const body = { metadata: { name: 'root' }, spec: { containers, serviceAccountName: 'default' } }
  return await soon(async () => done(await send({ method: 'POST', path: `${path}/pods?dryRun=All`, body })))
}

const ofNamespaces: Case[] = [
  {
    name: 'binds everything in a confined namespace, and takes its labels off',
    objects: inside('tight-1', eve, rule('create', group, 'rolebindings'), rule('bind', group, 'clusterroles')),
    beside: [confined('tight-1')],
    to: anyNode,
    by: 'ns-label',
    attempt: async (tools) => {
      const body = bindingTo('ClusterRole', 'cluster-admin')
      const path = rbacPath('rolebindings', 'tight-1')
      return done(await tools.eve({ method: 'POST', path, body })) && (await takesNode(tools, 'tight-1'))
    },
  },
  {
    name: 'has a confined namespace by the default role, which may not write it',
    objects: [bind({ kind: 'ClusterRole', name: 'admin' }, 'tight-2', eve)],
    beside: [confined('tight-2')],
    to: anyNode,
    attempt: (tools) => takesNode(tools, 'tight-2'),
  },
]

const taken = { ...bind({ kind: 'ClusterRole', name: 'clerk' }, undefined), metadata: { name: 'taken' } }
const nothing: Subject = { kind: 'Group', name: 'system:authenticated' }
const onlyTaken = (verb: string, ...names: string[]) => [
  ...everywhere(
    eve,
    rule('create,patch', group, 'clusterrolebindings', 'taken'),
    rule(verb, group, 'clusterrolebindings', ...names),
    rule('bind', group, 'clusterroles'),
  ),
  clusterRole('clerk', rule('get', '', 'configmaps')),
  taken,
]
async function takesName(tools: Tools): Promise<boolean> {
  const all = rbacPath('clusterrolebindings')
  await tools.eve({ method: 'DELETE', path: `${all}?fieldSelector=metadata.name=taken` })
  const body = { ...bindingTo('ClusterRole', 'cluster-admin'), kind: 'ClusterRoleBinding' }
  const path = `${all}/taken?fieldManager=eve&force=true`
  const got = await tools.eve({ method: 'PATCH', path, type: 'application/apply-patch+yaml', body })
  return done(got) && (await isAdmin(tools))
}

const robot = { kind: 'ServiceAccount', namespace: home, name: 'robot' } as const
const ofNames = (...names: string[]) => [
  ...inside(
    home,
    eve,
    rule('create,patch', group, 'rolebindings', ...names),
    rule('create', '', 'serviceaccounts/token', 'robot'),
  ),
  clusterRole('binder', rule('bind', group, 'clusterroles')),
  bind({ kind: 'ClusterRole', name: 'binder' }, home, robot),
]

/** Gives robot, who may bind, its own right to write bindings of these names, under the first; and writes under the last, as robot. */
async function passesOn({ eve: send, bearer }: Tools, first: string, last: string): Promise<boolean> {
  const path = (name: string) => `${rbacPath('rolebindings', home, name)}?fieldManager=eve&force=true`
  const type = 'application/apply-patch+yaml'
  const own = { ...bindingTo('ClusterRole', `in-${home}-eve`, first), kind: 'RoleBinding', subjects: [robot] }
  await send({ method: 'PATCH', path: path(first), type, body: own })
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const tokens = `/api/v1/namespaces/${home}/serviceaccounts/robot/token`
  const { status } = JSON.parse((await send({ method: 'POST', path: tokens, body: asked })).body) as {
    status: { token: string }
  }
  const body = { ...bindingTo('ClusterRole', 'cluster-admin', last), kind: 'RoleBinding' }
  const isTaken = await soon(async () =>
    done(await bearer(status.token, { method: 'PATCH', path: path(last), type, body })),
  )
  return isTaken && (await isAdminOf(home, { eve: send }))
}

const onNames: Case[] = [
  {
    name: 'passes its writing of bindings of two names on, under one of them',
    objects: ofNames('one', 'two'),
    beside: [{ path: `/api/v1/namespaces/${home}/serviceaccounts`, body: { metadata: { name: 'robot' } } }],
    to: { kind: 'namespace-admin', namespace: home },
    by: 'bind',
    attempt: (tools) => passesOn(tools, 'one', 'two'),
  },
  {
    name: 'the same of one name, which passing it on takes',
    objects: ofNames('one'),
    beside: [{ path: `/api/v1/namespaces/${home}/serviceaccounts`, body: { metadata: { name: 'robot' } } }],
    to: { kind: 'namespace-admin', namespace: home },
    attempt: (tools) => passesOn(tools, 'one', 'one'),
  },
]

const onRoles: Case[] = [
  {
    name: 'deletes by a collection the binding that has the only name that it may create',
    objects: onlyTaken('deletecollection'),
    to: admin,
    by: 'bind',
    attempt: takesName,
  },
  {
    name: 'the same with a right of the name, which a collection has not',
    objects: onlyTaken('deletecollection', 'taken'),
    to: admin,
    attempt: takesName,
  },
  {
    name: 'changes roles by its own right, and escalates by everybody’s',
    objects: [
      ...everywhere(eve, rule('patch', group, 'clusterroles')),
      clusterRole('lifts', rule('escalate', group, 'clusterroles', 'all-eve')),
      bind({ kind: 'ClusterRole', name: 'lifts' }, undefined, nothing),
    ],
    to: admin,
    by: 'escalate',
    attempt: (tools) => fills(tools),
  },
  {
    name: 'the same on another role',
    objects: [
      ...everywhere(eve, rule('patch', group, 'clusterroles', 'other')),
      clusterRole('other', rule('get', '', 'configmaps')),
      clusterRole('lifts', rule('escalate', group, 'clusterroles', 'all-eve')),
      bind({ kind: 'ClusterRole', name: 'lifts' }, undefined, nothing),
    ],
    to: admin,
    attempt: (tools) => fills(tools),
  },
]
async function fills(tools: Tools): Promise<boolean> {
  const body = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }
  const path = rbacPath('clusterroles', undefined, 'all-eve')
  return done(await tools.eve({ method: 'PATCH', path, type: merge, body })) && (await isAdmin(tools))
}

describeWithCluster(
  'control-plane',
  'rules, looked at again',
  (cluster) => escalations(cluster, [...impersonating, ...ofAccounts, ...ofNamespaces, ...onNames, ...onRoles]),
  quietCluster,
)

import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { rbacGroup as group, type WorldObject } from '../../fuzz/world.ts'
import { bind, clusterRole, eve, everywhere, home, inside, role, rule } from '../rbac/harness.ts'
import {
  bindingTo,
  type Case,
  done,
  escalations,
  fullRole,
  isAdmin,
  isAdminOf,
  rbacPath,
  soon,
  type Tools,
} from './escalations.ts'

const admin = { kind: 'admin' } as const
const adminHere = { kind: 'namespace-admin', namespace: home } as const
const everyone = { kind: 'Group', name: 'system:authenticated' } as const
const merge = 'application/merge-patch+json'
const apply = 'application/apply-patch+yaml'

/** More of a role for eve, by a binding of its own. */
function also(name: string, namespace: string | undefined, ...rules: ReturnType<typeof rule>[]): WorldObject[] {
  const made = clusterRole(name, ...rules)
  return [made, bind({ kind: 'ClusterRole', name }, namespace, eve)]
}

const post = async ({ eve: send }: Tools, path: string, body: object) =>
  done(await send({ method: 'POST', path, body }))
const patch = async ({ eve: send }: Tools, path: string, body: object, type = merge) =>
  done(await send({ method: 'PATCH', path, body, type }))

const bindsEverywhere = async (tools: Tools, name: string) =>
  (await post(tools, rbacPath('clusterrolebindings'), bindingTo('ClusterRole', name))) && (await isAdmin(tools))
const bindsHere = async (tools: Tools, kind: string, name: string) =>
  (await post(tools, rbacPath('rolebindings', home), bindingTo(kind, name))) && (await isAdminOf(home, tools))
const everything = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }
const fills = (tools: Tools, name: string, more: object = {}) =>
  patch(tools, rbacPath('clusterroles', undefined, name), { ...everything, ...more })
const fillsHere = (tools: Tools, name: string, content: object = everything) =>
  patch(tools, rbacPath('roles', home, name), content)

const appliesTaken = async (tools: Tools) => {
  const path = `${rbacPath('clusterrolebindings', undefined, 'taken')}?fieldManager=eve&force=true`
  const body = { ...bindingTo('ClusterRole', 'cluster-admin'), kind: 'ClusterRoleBinding' }
  return (await patch(tools, path, body, apply)) && (await isAdmin(tools))
}

const binding: Case[] = [
  {
    name: 'creates a ClusterRoleBinding of any role',
    objects: everywhere(eve, rule('create', group, 'clusterrolebindings'), rule('bind', group, 'clusterroles')),
    to: admin,
    by: 'bind',
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'bind alone',
    objects: everywhere(eve, rule('bind', group, 'clusterroles,roles')),
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'writing bindings alone',
    objects: everywhere(eve, rule('*', group, 'clusterrolebindings'), rule('create', group, 'rolebindings')),
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'bind on bindings, which is asked of nobody',
    objects: everywhere(eve, rule('create,bind', group, 'clusterrolebindings,rolebindings')),
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'bind of another name',
    objects: everywhere(eve, rule('create', group, 'clusterrolebindings'), rule('bind', group, 'clusterroles', 'view')),
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'bind by a RoleBinding, for the whole cluster',
    objects: [
      ...everywhere(eve, rule('create', group, 'clusterrolebindings')),
      ...inside(home, eve, rule('bind', group, 'clusterroles')),
    ],
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'bind by a RoleBinding, in its namespace',
    objects: inside(home, eve, rule('bind', group, 'clusterroles'), rule('create', group, 'rolebindings')),
    to: adminHere,
    by: 'bind',
    attempt: (tools) => bindsHere(tools, 'ClusterRole', 'cluster-admin'),
  },
  {
    name: 'the request by one role and bind by another of its groups',
    objects: [
      ...everywhere(eve, rule('create', group, 'rolebindings')),
      clusterRole('binder', rule('bind', group, 'clusterroles', 'cluster-admin')),
      bind({ kind: 'ClusterRole', name: 'binder' }, home, everyone),
    ],
    to: adminHere,
    by: 'bind',
    attempt: (tools) => bindsHere(tools, 'ClusterRole', 'cluster-admin'),
  },
  {
    name: 'the two in different namespaces',
    objects: [
      ...inside(home, eve, rule('create', group, 'rolebindings')),
      ...also('binder', 'fuzz-b', rule('bind', group, 'clusterroles')),
    ],
    to: adminHere,
    attempt: (tools) => bindsHere(tools, 'ClusterRole', 'cluster-admin'),
  },
  {
    name: 'puts itself into the binding of a role that it may bind',
    objects: [
      ...everywhere(
        eve,
        rule('patch', group, 'clusterrolebindings', 'existing'),
        rule('bind', group, 'clusterroles', 'boss'),
      ),
      clusterRole('boss', rule('*', '*', '*')),
      { ...bind({ kind: 'ClusterRole', name: 'boss' }, undefined), metadata: { name: 'existing' } },
    ],
    to: admin,
    by: 'bind',
    attempt: async (tools) =>
      (await patch(tools, rbacPath('clusterrolebindings', undefined, 'existing'), {
        subjects: bindingTo('', '').subjects,
      })) && (await isAdmin(tools)),
  },
  {
    name: 'cannot make an existing binding one of another role',
    objects: [
      ...everywhere(
        eve,
        rule('patch,update', group, 'clusterrolebindings', 'existing'),
        rule('bind', group, 'clusterroles', 'boss'),
      ),
      clusterRole('boss', rule('*', '*', '*')),
      clusterRole('clerk', rule('get', '', 'pods')),
      { ...bind({ kind: 'ClusterRole', name: 'clerk' }, undefined), metadata: { name: 'existing' } },
    ],
    to: admin,
    attempt: async (tools) => {
      const { roleRef, subjects } = bindingTo('ClusterRole', 'boss')
      const path = rbacPath('clusterrolebindings', undefined, 'existing')
      return (await patch(tools, path, { roleRef, subjects })) && (await isAdmin(tools))
    },
  },
  {
    name: 'applies a binding under the only name that it may create',
    objects: everywhere(
      eve,
      rule('create,patch', group, 'clusterrolebindings', 'taken'),
      rule('bind', group, 'clusterroles'),
    ),
    to: admin,
    by: 'bind',
    attempt: async (tools) =>
      (await patch(
        tools,
        `${rbacPath('clusterrolebindings', undefined, 'taken')}?fieldManager=eve`,
        { ...bindingTo('ClusterRole', 'cluster-admin'), kind: 'ClusterRoleBinding' },
        apply,
      )) && (await isAdmin(tools)),
  },
  {
    name: 'puts a binding under the only name that it may create and update',
    objects: everywhere(
      eve,
      rule('create,update', group, 'clusterrolebindings', 'taken'),
      rule('bind', group, 'clusterroles'),
    ),
    to: admin,
    by: 'bind',
    attempt: async (tools) => {
      const path = rbacPath('clusterrolebindings', undefined, 'taken')
      const got = await tools.eve({ method: 'PUT', path, body: bindingTo('ClusterRole', 'cluster-admin') })
      return done(got) && (await isAdmin(tools))
    },
  },
  {
    name: 'may create a binding under a name alone that another has',
    objects: [
      ...everywhere(
        eve,
        rule('create,patch,update', group, 'clusterrolebindings', 'taken'),
        rule('bind', group, 'clusterroles', 'cluster-admin'),
      ),
      clusterRole('clerk', rule('get', '', 'pods')),
      { ...bind({ kind: 'ClusterRole', name: 'clerk' }, undefined), metadata: { name: 'taken' } },
    ],
    to: admin,
    attempt: (tools) => appliesTaken(tools),
  },
  {
    name: 'deletes the binding that has the only name that it may create',
    objects: [
      ...everywhere(
        eve,
        rule('create,patch,delete', group, 'clusterrolebindings', 'taken'),
        rule('bind', group, 'clusterroles', 'cluster-admin'),
      ),
      clusterRole('clerk', rule('get', '', 'pods')),
      { ...bind({ kind: 'ClusterRole', name: 'clerk' }, undefined), metadata: { name: 'taken' } },
    ],
    to: admin,
    by: 'bind',
    attempt: async (tools) => {
      const path = rbacPath('clusterrolebindings', undefined, 'taken')
      return done(await tools.eve({ method: 'DELETE', path })) && (await appliesTaken(tools))
    },
  },
  {
    name: 'makes the role that it may bind, and that is not there',
    objects: everywhere(
      eve,
      rule('create,escalate', group, 'roles'),
      rule('bind', group, 'roles', 'wanted'),
      rule('create', group, 'rolebindings'),
    ),
    to: adminHere,
    by: 'dangling-role',
    attempt: async (tools) =>
      (await post(tools, rbacPath('roles', home), fullRole('wanted'))) && (await bindsHere(tools, 'Role', 'wanted')),
  },
  {
    name: 'may create one name alone, and not patch it',
    objects: everywhere(
      eve,
      rule('create', group, 'clusterrolebindings', 'taken'),
      rule('bind', group, 'clusterroles'),
    ),
    to: admin,
    attempt: (tools) => bindsEverywhere(tools, 'cluster-admin'),
  },
  {
    name: 'binds a Role of its namespace by name',
    objects: [
      ...inside(home, eve, rule('create', group, 'rolebindings'), rule('bind', group, 'roles', 'lord')),
      role(home, 'lord', rule('*', '*', '*')),
    ],
    to: adminHere,
    by: 'bind',
    attempt: (tools) => bindsHere(tools, 'Role', 'lord'),
  },
]

const escalating: Case[] = [
  {
    name: 'writes everything into its own role',
    objects: everywhere(eve, rule('patch,escalate', group, 'clusterroles', 'all-eve')),
    to: admin,
    by: 'escalate',
    attempt: async (tools) => (await fills(tools, 'all-eve')) && (await isAdmin(tools)),
  },
  {
    name: 'without escalate',
    objects: everywhere(eve, rule('*', group, 'clusterroles', 'all-eve'), rule('get', '', 'pods')).map((object) =>
      'rules' in object ? { ...object, rules: [rule('patch,update', group, 'clusterroles')] } : object,
    ),
    to: admin,
    attempt: async (tools) => (await fills(tools, 'all-eve')) && (await isAdmin(tools)),
  },
  {
    name: 'escalate without the request',
    objects: everywhere(eve, rule('escalate', group, 'clusterroles,roles')),
    to: admin,
    attempt: async (tools) => (await fills(tools, 'all-eve')) && (await isAdmin(tools)),
  },
  {
    name: 'into a role that nobody of its own holds, and that it cannot bind',
    objects: [...everywhere(eve, rule('patch,escalate', group, 'clusterroles', 'idle')), clusterRole('idle')],
    to: admin,
    attempt: async (tools) => (await fills(tools, 'idle')) && (await isAdmin(tools)),
  },
  {
    name: 'into a role that it binds while it is empty',
    objects: [
      ...everywhere(eve, rule('patch,escalate', group, 'clusterroles', 'other'), rule('create', group, 'rolebindings')),
      clusterRole('other', rule('get', '', 'secrets')),
    ],
    to: adminHere,
    by: 'escalate',
    attempt: async (tools) =>
      (await fills(tools, 'other', { rules: [] })) &&
      (await soon(() => post(tools, rbacPath('rolebindings', home), bindingTo('ClusterRole', 'other')))) &&
      (await fills(tools, 'other')) &&
      (await isAdminOf(home, tools)),
  },
  {
    name: 'the same in one namespace is not the cluster',
    objects: [
      ...everywhere(eve, rule('patch,escalate', group, 'clusterroles', 'other')),
      ...inside(home, eve, rule('create', group, 'rolebindings')),
      clusterRole('other'),
    ],
    to: admin,
    attempt: async (tools) =>
      (await post(tools, rbacPath('rolebindings', home), bindingTo('ClusterRole', 'other'))) &&
      (await fills(tools, 'other')) &&
      (await isAdmin(tools)),
  },
  {
    name: 'into the role of a binding that it may change, emptied first',
    objects: [
      ...everywhere(
        eve,
        rule('patch,escalate', group, 'clusterroles', 'other'),
        rule('patch', group, 'clusterrolebindings', 'existing'),
      ),
      clusterRole('other', rule('get', '', 'secrets')),
      { ...bind({ kind: 'ClusterRole', name: 'other' }, undefined), metadata: { name: 'existing' } },
    ],
    to: admin,
    by: 'escalate',
    attempt: async (tools) => {
      const path = rbacPath('clusterrolebindings', undefined, 'existing')
      const { subjects } = bindingTo('', '')
      return (
        (await fills(tools, 'other', { rules: [] })) &&
        (await soon(() => patch(tools, path, { subjects }))) &&
        (await fills(tools, 'other')) &&
        (await isAdmin(tools))
      )
    },
  },
  {
    name: 'a new Role of its namespace, bound empty',
    objects: inside(
      home,
      eve,
      rule('create,patch,escalate', group, 'roles', 'mine'),
      rule('create', group, 'rolebindings'),
    ),
    to: adminHere,
    by: 'escalate',
    attempt: (tools) => bindsEmpty(tools, () => post(tools, rbacPath('rolebindings', home), bindingTo('Role', 'mine'))),
  },
  {
    name: 'the same with all Roles to fill, and one name for each to create and to bind',
    objects: inside(
      home,
      eve,
      rule('patch,escalate', group, 'roles'),
      rule('create', group, 'roles', 'mine'),
      rule('create,patch', group, 'rolebindings', 'taken'),
    ),
    to: adminHere,
    by: 'escalate',
    attempt: (tools) => bindsEmpty(tools, () => appliesHere(tools)),
  },
  {
    name: 'the same without a right to bind',
    objects: inside(home, eve, rule('patch,escalate', group, 'roles'), rule('create', group, 'roles', 'mine')),
    to: adminHere,
    attempt: (tools) => bindsEmpty(tools, () => appliesHere(tools)),
  },
  {
    name: 'escalate on a name is not for a POST, which has none',
    objects: inside(
      home,
      eve,
      rule('create', group, 'roles'),
      rule('escalate', group, 'roles', 'mine'),
      rule('create', group, 'rolebindings'),
    ),
    to: adminHere,
    attempt: async (tools) =>
      (await post(tools, rbacPath('roles', home), fullRole('mine'))) && (await bindsHere(tools, 'Role', 'mine')),
  },
  {
    name: 'ClusterRoles by a RoleBinding: out of its reach',
    objects: inside(home, eve, rule('patch,update,escalate', group, 'clusterroles')),
    to: admin,
    attempt: async (tools) => (await fills(tools, `in-${home}-eve`)) && (await isAdmin(tools)),
  },
]

const aggregated = (name: string): WorldObject => ({
  kind: 'ClusterRole',
  metadata: { name },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'to-sum': 'yes' } }] },
  rules: [],
})

const others: Case[] = [
  {
    name: 'labels a role of its making for the aggregated role that it holds',
    objects: [
      ...everywhere(eve, rule('patch,escalate', group, 'clusterroles', 'part')),
      aggregated('sum'),
      clusterRole('part'),
      bind({ kind: 'ClusterRole', name: 'sum' }, undefined, eve),
    ],
    to: admin,
    by: 'aggregate',
    attempt: async (tools) =>
      (await fills(tools, 'part', { metadata: { labels: { 'to-sum': 'yes' } } })) && (await isAdmin(tools)),
  },
  {
    name: 'labels a role that grants more than it has, without escalate',
    objects: [
      ...everywhere(eve, rule('patch,update,create', group, 'clusterroles')),
      aggregated('sum'),
      clusterRole('part', rule('*', '*', '*')),
      bind({ kind: 'ClusterRole', name: 'sum' }, undefined, eve),
    ],
    to: admin,
    attempt: async (tools) =>
      (await patch(tools, rbacPath('clusterroles', undefined, 'part'), {
        metadata: { labels: { 'to-sum': 'yes' } },
      })) && (await isAdmin(tools)),
  },
  {
    name: 'creates the missing role of its binding',
    objects: [
      ...everywhere(eve, rule('create,escalate', group, 'clusterroles')),
      bind({ kind: 'ClusterRole', name: 'gone' }, undefined, eve),
    ],
    to: admin,
    by: 'dangling-role',
    attempt: async (tools) => (await post(tools, rbacPath('clusterroles'), fullRole('gone'))) && (await isAdmin(tools)),
  },
  {
    name: 'creates the missing role without escalate',
    objects: [
      ...everywhere(eve, rule('create,update,patch', group, 'clusterroles')),
      bind({ kind: 'ClusterRole', name: 'gone' }, undefined, eve),
    ],
    to: admin,
    attempt: async (tools) => (await post(tools, rbacPath('clusterroles'), fullRole('gone'))) && (await isAdmin(tools)),
  },
  {
    name: 'everything by one rule',
    objects: everywhere(eve, rule('*', '*', '*')),
    to: admin,
    by: 'wildcard',
    attempt: isAdmin,
  },
  {
    name: 'everything for one name alone: the role and the binding of that name',
    objects: everywhere(eve, rule('*', '*', '*', 'x')),
    to: admin,
    by: 'escalate',
    attempt: async (tools) => {
      const at = (kind: string) => `${rbacPath(kind, undefined, 'x')}?fieldManager=eve`
      const made = { ...fullRole('x'), kind: 'ClusterRole', rules: [] }
      const bound = { ...bindingTo('ClusterRole', 'x', 'x'), kind: 'ClusterRoleBinding' }
      return (
        (await patch(tools, at('clusterroles'), made, apply)) &&
        (await soon(() => patch(tools, at('clusterrolebindings'), bound, apply))) &&
        (await fills(tools, 'x')) &&
        (await isAdmin(tools))
      )
    },
  },
  {
    name: 'everything in a namespace is not the cluster',
    objects: inside(home, eve, rule('*', '*', '*')),
    to: admin,
    attempt: isAdmin,
  },
]

async function appliesHere(tools: Tools): Promise<boolean> {
  const body = { ...bindingTo('Role', 'mine'), kind: 'RoleBinding' }
  return await patch(tools, `${rbacPath('rolebindings', home, 'taken')}?fieldManager=eve`, body, apply)
}

/** Makes a Role, binds it while it is empty, and fills it. */
async function bindsEmpty(tools: Tools, binds: () => Promise<boolean>): Promise<boolean> {
  const [role, binding] = [rbacPath('roles', home, 'mine'), rbacPath('rolebindings', home, 'taken')]
  const empty = { ...fullRole('mine'), kind: 'Role', rules: [] }
  const isGained =
    (await patch(tools, `${role}?fieldManager=eve`, empty, apply)) &&
    (await soon(binds)) &&
    (await fillsHere(tools, 'mine')) &&
    (await isAdminOf(home, tools))
  for (const path of [role, binding]) await tools.admin({ method: 'DELETE', path })
  return isGained
}

/** As the service account robot, whose token eve may ask for. */
const asRobot = async (tools: Tools): Promise<(sent: Parameters<Tools['eve']>[0]) => ReturnType<Tools['eve']>> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = `/api/v1/namespaces/${home}/serviceaccounts/robot/token`
  const got = await tools.eve({ method: 'POST', path, body })
  const { token } = (JSON.parse(got.body) as { status: { token: string } }).status
  return (sent) => tools.bearer(token, sent)
}
const robot = { kind: 'ServiceAccount', namespace: home, name: 'robot' } as const
const account = { path: `/api/v1/namespaces/${home}/serviceaccounts`, body: { metadata: { name: 'robot' } } }
const binder = (namespace: string) => [
  clusterRole('binder', rule('bind', group, 'clusterroles')),
  bind({ kind: 'ClusterRole', name: 'binder' }, namespace, robot),
]
const passes = async (tools: Tools, own: string) => {
  const send = await asRobot(tools)
  const passed = { ...bindingTo('ClusterRole', own, 'passed'), subjects: [robot] }
  const body = bindingTo('ClusterRole', 'cluster-admin')
  const path = rbacPath('rolebindings', home)
  return (
    (await post(tools, path, passed)) &&
    (await soon(async () => done(await send({ method: 'POST', path, body })))) &&
    (await isAdminOf(home, tools))
  )
}

const together: Case[] = [
  {
    name: 'passes its writing of bindings on to an account that may bind',
    objects: [
      ...inside(home, eve, rule('create', group, 'rolebindings'), rule('create', '', 'serviceaccounts/token')),
      ...binder(home),
    ],
    beside: [account],
    to: adminHere,
    by: 'bind',
    attempt: (tools) => passes(tools, `in-${home}-eve`),
  },
  {
    name: 'the account may bind in another namespace',
    objects: [
      ...inside(home, eve, rule('create', group, 'rolebindings'), rule('create', '', 'serviceaccounts/token')),
      ...binder('fuzz-b'),
    ],
    beside: [account],
    to: adminHere,
    attempt: (tools) => passes(tools, `in-${home}-eve`),
  },
  {
    name: 'an account that may bind, and bindings that may only be changed: those pass nothing on',
    objects: [
      ...inside(home, eve, rule('patch', group, 'rolebindings'), rule('create', '', 'serviceaccounts/token')),
      clusterRole('binder', rule('bind', group, 'clusterroles', 'cluster-admin')),
      bind({ kind: 'ClusterRole', name: 'binder' }, home, robot),
    ],
    beside: [account],
    to: adminHere,
    attempt: (tools) => passes(tools, `in-${home}-eve`),
  },
]

describeWithCluster(
  'control-plane',
  'ways by RBAC objects',
  (cluster) => escalations(cluster, [...binding, ...escalating, ...others, ...together]),
  quietCluster,
)

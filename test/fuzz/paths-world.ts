import type { RoleRef, Subject } from '../../src/snapshot/objects.ts'
import type { Draw } from './draw.ts'
import {
  bindingNames,
  places,
  users,
  groups,
  accounts,
  missingAccounts,
  freeSecret,
  lostName,
  roleNames,
} from './paths-words.ts'
import { rbacGroup, type WorldObject, type WrittenRule } from './world.ts'

const signing = 'certificates.k8s.io'
const accountNames = ['robot', 'worker', 'gone']
const secretNames = ['key', 'plain', freeSecret]
const signers = [
  'kubernetes.io/kube-apiserver-client',
  'kubernetes.io/*',
  '*',
  'kubernetes.io/kube-apiserver-client-kubelet',
]

type Kind = { group: string; resources: string[]; verbs: string[]; names?: string[]; weight: number }
const write = ['create', 'create', 'update', 'patch']
const kinds: Kind[] = [
  { group: rbacGroup, resources: ['clusterrolebindings'], verbs: write, names: bindingNames, weight: 4 },
  { group: rbacGroup, resources: ['rolebindings'], verbs: write, names: bindingNames, weight: 4 },
  { group: rbacGroup, resources: ['clusterroles'], verbs: ['bind'], names: roleNames, weight: 3 },
  { group: rbacGroup, resources: ['roles', 'clusterroles'], verbs: ['bind'], names: roleNames, weight: 2 },
  {
    group: rbacGroup,
    resources: ['clusterroles'],
    verbs: [...write, 'escalate', 'escalate'],
    names: roleNames,
    weight: 5,
  },
  { group: rbacGroup, resources: ['roles'], verbs: [...write, 'escalate', 'escalate'], names: roleNames, weight: 4 },
  {
    group: '',
    resources: ['users'],
    verbs: ['impersonate'],
    names: [...users, 'system:serviceaccount:fuzz-a:robot'],
    weight: 4,
  },
  { group: '', resources: ['groups'], verbs: ['impersonate'], names: [...groups, 'system:masters'], weight: 4 },
  { group: '', resources: ['serviceaccounts'], verbs: ['impersonate', 'create'], names: accountNames, weight: 4 },
  { group: '', resources: ['serviceaccounts/token', '*/token'], verbs: ['create'], names: accountNames, weight: 4 },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', 'list', 'watch', 'create', 'create', 'patch', 'update', 'delete', 'deletecollection'],
    names: secretNames,
    weight: 6,
  },
  { group: signing, resources: ['certificatesigningrequests'], verbs: ['create', 'get'], weight: 2 },
  { group: signing, resources: ['certificatesigningrequests/approval'], verbs: ['update', 'patch'], weight: 2 },
  {
    group: signing,
    resources: ['certificatesigningrequests/nodeclient', '*/nodeclient'],
    verbs: ['create'],
    weight: 1,
  },
  { group: signing, resources: ['signers'], verbs: ['approve', 'sign'], names: signers, weight: 2 },
  { group: 'authentication.k8s.io', resources: ['uids', 'userextras/scopes'], verbs: ['impersonate'], weight: 1 },
  { group: '', resources: ['pods', 'pods/exec'], verbs: ['create', 'get'], weight: 1 },
  { group: 'apps', resources: ['deployments', '*/scale'], verbs: ['create', 'update'], weight: 1 },
  { group: '', resources: ['*', 'pods/*'], verbs: ['create', 'get'], weight: 1 },
]
const weighted = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind))

function drawRule(draw: Draw): WrittenRule {
  const { group, resources, verbs, names } = draw.pick(weighted)
  const narrowed = names && draw.chance(35) ? { resourceNames: [...new Set(draw.some(names, 1, 2))] } : {}
  const verb = draw.chance(4) ? ['*'] : [...new Set(draw.some(verbs, 1, 3))]
  return {
    verbs: verb,
    apiGroups: [draw.chance(3) ? '*' : group],
    resources: [...new Set(draw.some(resources, 1, 2))],
    ...narrowed,
  }
}

function drawSubject(draw: Draw): Subject & { apiGroup?: string } {
  const kind = draw.pick(['User', 'User', 'User', 'Group', 'ServiceAccount', 'ServiceAccount', 'Broad'] as const)
  if (kind === 'User') return { kind, name: draw.pick(users), apiGroup: rbacGroup }
  if (kind === 'Group') return { kind, name: draw.pick(groups), apiGroup: rbacGroup }
  if (kind === 'ServiceAccount') return { kind, ...draw.pick([...accounts, ...accounts, ...missingAccounts]) }
  const broad = ['system:serviceaccounts', 'system:serviceaccounts:fuzz-a', 'system:authenticated']
  return { kind: 'Group', name: draw.chance(85) ? draw.pick(users) : draw.pick(broad), apiGroup: rbacGroup }
}

/** The RBAC of one world: some rights that escalate, whole or in halves, and somebody who has everything. */
export function drawEscalations(draw: Draw): WorldObject[] {
  const roles: WorldObject[] = []
  const refs: (RoleRef & { namespace?: string })[] = []
  const count = draw.count(3, 5)
  for (let number = 0; number < count; number += 1) {
    const name = `role-${number}`
    const namespace = draw.chance(25) ? draw.pick(places) : undefined
    const kind = namespace === undefined ? 'ClusterRole' : 'Role'
    const labels = draw.chance(15) ? { labels: { 'to-sum': 'yes' } } : {}
    const rules = Array.from({ length: draw.count(1, 3) }, () => drawRule(draw))
    roles.push({ kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...labels }, rules })
    refs.push({ kind, name, ...(namespace === undefined ? {} : { namespace }) })
  }
  if (draw.chance(25)) {
    const clusterRoleSelectors = [{ matchLabels: { 'to-sum': 'yes' } }]
    roles.push({ kind: 'ClusterRole', metadata: { name: 'sum' }, aggregationRule: { clusterRoleSelectors }, rules: [] })
    refs.push({ kind: 'ClusterRole', name: 'sum' })
  }
  if (draw.chance(25)) refs.push({ kind: 'ClusterRole', name: lostName })
  const rolesToBind = [...refs, ...refs, { kind: 'ClusterRole', name: 'cluster-admin' }]
  const bindings: WorldObject[] = []
  const bind = (number: number, ref: (typeof refs)[number], isLocal: boolean): void => {
    const { namespace: own, ...roleRef } = ref
    const namespace = own ?? (isLocal ? draw.pick(places) : undefined)
    const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
    const metadata = { name: `binding-${number}`, ...(namespace === undefined ? {} : { namespace }) }
    const subjects = Array.from({ length: draw.count(1, 2) }, () => drawSubject(draw))
    bindings.push({ kind, metadata, roleRef: { apiGroup: rbacGroup, ...roleRef }, subjects })
  }
  const last = draw.count(4, 8)
  for (let number = 0; number < last; number += 1) bind(number, draw.pick(rolesToBind), draw.chance(40))
  return [...roles, ...bindings]
}

/** Whom a world's attacks start from: those that it gives rights, and that have credentials. */
export function sourcesOf(world: readonly WorldObject[]): Subject[] {
  const found = new Map<string, Subject>()
  for (const object of world) {
    if (!('roleRef' in object)) continue
    for (const { kind, name, namespace } of object.subjects ?? []) {
      const isMissing = kind === 'ServiceAccount' && name === 'gone'
      if (isMissing || name.startsWith('system:')) continue
      found.set(`${kind} ${namespace ?? ''}/${name}`, { kind, name, ...(namespace === undefined ? {} : { namespace }) })
    }
  }
  return [...found.values()]
}

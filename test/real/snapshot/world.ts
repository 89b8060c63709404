import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, type Ran, type Report, secure } from '../../cli/run.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'

const group = 'rbac.authorization.k8s.io'
const user = (name: string) => ({ kind: 'User', name, apiGroup: group })
const role = (name: string, rules: object[], namespace?: string) => ({
  apiVersion: `${group}/v1`,
  kind: namespace === undefined ? 'ClusterRole' : 'Role',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  rules,
})
const binding = (name: string, to: string, subjects: object[], namespace?: string) => ({
  apiVersion: `${group}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: group, kind: to.startsWith('Role/') ? 'Role' : 'ClusterRole', name: to.split('/').at(-1) },
  subjects,
})
const read = (resources: string[], verbs = ['get', 'list']) => ({ apiGroups: [group], resources, verbs })
const core = (resources: string[], verbs: string[]) => ({ apiGroups: [''], resources, verbs })

/** Rights of every kind in two namespaces, and users who may each see another part of them. */
const world = [
  ...['team-a', 'team-b'].flatMap((name) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace: name } },
  ]),
  role('secret-reader', [core(['secrets'], ['get'])]),
  role('one-secret', [{ ...core(['secrets'], ['get']), resourceNames: ['token'] }], 'team-b'),
  binding('alice-admin', 'cluster-admin', [user('alice')]),
  binding('bob-reads', 'secret-reader', [user('bob')]),
  binding('edit-a', 'edit', [{ kind: 'Group', name: 'editors', apiGroup: group }], 'team-a'),
  binding('own-b', 'Role/one-secret', [{ kind: 'ServiceAccount', name: 'app', namespace: 'team-b' }], 'team-b'),
  binding('read-b', 'secret-reader', [user('carol')], 'team-b'),
  binding(
    'all-b',
    'secret-reader',
    [{ kind: 'Group', name: 'system:serviceaccounts:team-b', apiGroup: group }],
    'team-b',
  ),
  // Who may see what.
  role('see-bindings', [read(['clusterrolebindings', 'rolebindings', 'roles']), core(['namespaces'], ['list'])]),
  role('get-clusterroles', [read(['clusterroles'], ['get'])]),
  binding('see-bindings', 'see-bindings', [user('getter'), user('blind')]),
  binding('get-clusterroles', 'get-clusterroles', [user('getter')]),
  role('see-here', [read(['rolebindings', 'roles'])]),
  role('see-roles', [read(['clusterroles']), core(['namespaces'], ['list'])]),
  binding('see-roles', 'see-roles', [user('two-spaces')]),
  binding('two-a', 'see-here', [user('two-spaces')], 'team-a'),
  binding('two-b', 'see-here', [user('two-spaces')], 'team-b'),
  role('see-here-and-ask', [
    read(['rolebindings', 'roles', 'clusterroles']),
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]),
  binding('asker', 'see-here-and-ask', [user('asker')]),
  role('see-cluster-and-ask', [
    read(['clusterrolebindings', 'clusterroles']),
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]),
  binding('cluster-asker', 'see-cluster-and-ask', [user('cluster-asker')]),
  role('impersonate-bob', [{ ...core(['users'], ['impersonate']), resourceNames: ['bob'] }]),
  binding('boss', 'impersonate-bob', [user('boss')]),
]

export async function build(cluster: TestCluster, objects: object[] = world): Promise<void> {
  const file = join(folder(), 'world.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  const { code, stderr } = await cluster.exec(['kubectl', 'apply', '-f', file])
  if (code !== 0) throw new Error(stderr)
}

/** Asks as a user of the cluster (undefined: the administrator), by the tool as it is installed. */
export async function askAs(
  cluster: TestCluster,
  name: string | undefined,
  ...words: string[]
): Promise<Ran & { report: Report }> {
  const kubeconfig = name === undefined ? cluster.kubeconfig : (await cluster.clientCert(name)).kubeconfig
  const ran = await secure([...words, '-o', 'json', '--kubeconfig', kubeconfig])
  return { ...ran, report: (ran.stdout === '' ? {} : JSON.parse(ran.stdout)) as Report }
}

export function rows({ subjects }: Report): string[] {
  return subjects.map(({ kind, namespace, name, scope }) => `${kind} ${namespace ?? ''}/${name} in ${scope}`).sort()
}

/** The full answer's rows that a partial one lacks, and that none of its gaps accounts for. */
export function unexplained(partial: Report, full: Report): string[] {
  const shown = new Set(rows(partial))
  return full.subjects
    .filter((row) => !shown.has(rows({ ...full, subjects: [row] })[0] ?? ''))
    .filter((row) => !row.grants.every((grant) => partial.gaps.some((gap) => hides(gap, row.scope, grant))))
    .map((row) => rows({ ...full, subjects: [row] }).join())
}

type Row = Report['subjects'][number]

function hides(
  { resource, namespace, name }: Report['gaps'][number],
  scope: string,
  grant: Row['grants'][number],
): boolean {
  const here = namespace === undefined || namespace === scope
  if (resource === `${grant.binding.kind.toLowerCase()}s`) return here
  return (
    resource === `${grant.roleRef.kind.toLowerCase()}s` && here && (name === undefined || name === grant.roleRef.name)
  )
}

import type { Change, Plan } from '../change/plan.ts'
import { groupOf } from '../cluster/object-path.ts'
import type { ResourceQuery } from '../rbac/query.ts'
import type { SubjectRow } from '../rbac/report.ts'
import { indexRbac } from '../rbac/rbac-index.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import { whoCan } from '../rbac/who-can.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Account } from './accounts.ts'
import type { IsolationReport } from './report.ts'

type Question = Pick<ResourceQuery, 'verb' | 'group' | 'resource' | 'subresource' | 'namespaced'> & {
  name?: string
  namespace?: string
  how: string
}

/**
 * Who could lift an isolation, and how: by the pod's label, by the policies, or by going in past them through the API server and the
 * kubelet. The workload's own accounts come first; Kubernetes' own controllers and system:masters are one line at the end.
 */
export function canLift(snapshot: Snapshot, plan: Pick<Plan, 'changes'>, own: Account[]): IsolationReport['canLift'] {
  const index = indexRbac(snapshot)
  const bySubject = new Map<string, { row: SubjectRow; how: Set<string> }>()
  for (const { how, name, namespace, ...asked } of questionsOf(plan.changes)) {
    const query = { ...asked, ...(name === undefined ? {} : { name }), scope: namespace ?? '*' }
    for (const row of whoCan(snapshot, index, query, []).subjects) {
      const key = formatSubject(row)
      const known = bySubject.get(key) ?? { row, how: new Set<string>() }
      known.how.add(how)
      bySubject.set(key, known)
    }
  }
  const isOwn = ({ kind, namespace, name }: SubjectRow) =>
    kind === 'ServiceAccount' && own.some((account) => account.namespace === namespace && account.name === name)
  const all = [...bySubject.entries()]
  const shown = all.filter(([, { row }]) => isOwn(row) || !isBuiltIn(row))
  const hidden = all.length - shown.length
  return [
    ...shown
      .sort(([, a], [, b]) => Number(isOwn(b.row)) - Number(isOwn(a.row)))
      .map(([subject, { row, how }]) => ({
        subject: isOwn(row) ? `${subject} (its own account)` : subject,
        how: [...how],
      })),
    {
      subject: hidden === 0 ? 'group:system:masters' : `group:system:masters, and ${hidden} of Kubernetes' own`,
      how: ['everything, or what a controller needs'],
    },
  ]
}

function questionsOf(changes: Change[]): Question[] {
  const pods = changes.filter(({ do: what, ref }) => what === 'patch' && ref.resource === 'pods')
  const made = changes.filter(({ do: what, temporary }) => what === 'create' && temporary !== true)
  const spaces = [...new Set(pods.map(({ ref }) => ref.namespace ?? ''))]
  const found = [
    ...pods.flatMap(({ ref }) => podQuestions(ref.namespace ?? '', ref.name)),
    ...made.flatMap(({ ref }) => policyQuestions(groupOf(ref.apiVersion), ref.resource, ref.namespace, ref.name)),
    ...spaces.map(
      (namespace): Question => ({
        verb: 'create',
        group: 'networking.k8s.io',
        resource: 'networkpolicies',
        subresource: '',
        namespaced: true,
        namespace,
        how: 'create networkpolicies that allow',
      }),
    ),
    ...['get', 'create'].map(
      (verb): Question => ({
        verb,
        group: '',
        resource: 'nodes',
        subresource: 'proxy',
        namespaced: false,
        how: 'nodes/proxy: the kubelet itself',
      }),
    ),
  ]
  return [...new Map(found.map((question) => [JSON.stringify(question), question])).values()]
}

function podQuestions(namespace: string, name: string): Question[] {
  const about = { group: '', resource: 'pods', namespaced: true, namespace, name }
  const ask = (verb: string, subresource: string, how: string): Question => ({ ...about, verb, subresource, how })
  return [
    ...['patch', 'update'].map((verb) => ask(verb, '', `${verb} pods: take the label off`)),
    ...['patch', 'update'].map((verb) => ask(verb, 'ephemeralcontainers', 'add a container to the pod')),
    // A WebSocket is opened by GET before Kubernetes 1.35.
    ...['exec', 'attach', 'portforward', 'proxy'].flatMap((way) =>
      ['create', 'get'].map((verb) => ask(verb, way, way)),
    ),
  ]
}

function policyQuestions(group: string, resource: string, namespace: string | undefined, name: string): Question[] {
  const about = {
    group,
    resource,
    subresource: '',
    namespaced: namespace !== undefined,
    ...(namespace === undefined ? {} : { namespace }),
  }
  return [
    ...['delete', 'update', 'patch'].map((verb): Question => ({ ...about, name, verb, how: `${verb} ${resource}` })),
    { ...about, verb: 'deletecollection', how: `deletecollection ${resource}` },
  ]
}

// Names with this prefix are kept for Kubernetes; groups of all users or of all service accounts are not somebody's own.
function isBuiltIn({ kind, name, namespace }: SubjectRow): boolean {
  if (kind === 'ServiceAccount') return namespace === 'kube-system' && !name.includes('default')
  return name.startsWith('system:') && !/^system:(?:authenticated|unauthenticated|serviceaccounts(?::|$))/.test(name)
}

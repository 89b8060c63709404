import type { Cluster } from '../../cluster/cluster.ts'
import type { Query, TypedQuery } from '../../rbac/query.ts'
import type { RbacIndex } from '../../rbac/rbac-index.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { bindingTypes, may, roleTypes } from './rights.ts'
import { subjectIn } from './subjects.ts'

const readsRbac = [...may('list', bindingTypes, { optional: true }), ...may('list', roleTypes, { optional: true })]

export const whoCan = question({
  name: 'who-can',
  summary: 'Who can do this, by RBAC',
  with: {
    verb: { type: 'string', required: true, about: 'get, list, create, delete, …' },
    resource: { type: 'string', required: true, about: 'RESOURCE[.GROUP][/SUBRESOURCE]: pods/exec' },
    namespace: { type: 'namespace', about: 'where; without it in all of them' },
    name: { type: 'string', about: 'the object; without it any' },
  },
  outputs: {
    subjects: { type: 'list', about: 'who can, as sa:NAMESPACE/NAME, user:NAME, group:NAME, each once' },
    rows: { type: 'list', about: 'subject, scope, and the bindings by which' },
    everybody: { type: 'bool', about: 'whether all authenticated users can, or anonymous ones' },
    ...gapOutputs,
  },
  rights: () => readsRbac,
  async ask({ engine: { cluster } }, { verb, resource, namespace, name }) {
    const { formatSubject } = await import('../../rbac/subject-text.ts')
    const { subjects, gaps } = await whoCanIn(cluster, {
      verb,
      target: resource,
      name,
      namespace: namespace?.name ?? '',
      allNamespaces: namespace === undefined,
    })
    const rows = subjects.map((row) => ({
      subject: formatSubject(row),
      scope: row.scope,
      bindings: [...new Set(row.grants.map(({ binding }) => `${binding.kind} ${binding.name}`))].slice(0, 20),
    }))
    return {
      subjects: held([...new Set(rows.map(({ subject }) => subject))], 'subjects', gaps),
      rows: held(rows, 'rows', gaps),
      everybody: subjects.some(({ kind, name: who }) => kind === 'Group' && everybody.has(who)),
      ...told(gaps),
    }
  },
})

const everybody = new Set(['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts'])

/** The subjects that can, with what hides others. Throws SecureError. */
export async function whoCanIn(cluster: Cluster, typed: TypedQuery) {
  const [{ resolveQuery }, { neededNamespace }, { whoCan: ask }, { admitUnknownType }] = await Promise.all([
    import('../../rbac/query.ts'),
    import('../../rbac/needs.ts'),
    import('../../rbac/who-can.ts'),
    import('../../rbac/unknown-type.ts'),
  ])
  let query: Query | undefined
  const { snapshot, index } = await rbacOf(cluster, (known) => {
    query = resolveQuery(typed, known).query
    const scope = neededNamespace(query)
    return scope === undefined ? {} : { roleBindingsOf: scope }
  })
  if (!query) throw new TypeError('a snapshot is always planned')
  admitUnknownType(snapshot, query)
  const { subjects, gaps } = ask(snapshot, index, query, [])
  return { subjects, gaps: [...gaps] }
}

export async function rbacOf(
  cluster: Cluster,
  plan: Parameters<typeof import('../../snapshot/from-cluster.ts').snapshotFromCluster>[1],
): Promise<{ snapshot: Snapshot; index: RbacIndex }> {
  const [{ snapshotFromCluster }, { indexRbac }] = await Promise.all([
    import('../../snapshot/from-cluster.ts'),
    import('../../rbac/rbac-index.ts'),
  ])
  const snapshot = await snapshotFromCluster(cluster, plan)
  return { snapshot, index: indexRbac(snapshot) }
}

export const whatCan = question({
  name: 'what-can',
  summary: 'What a subject can do, by RBAC',
  with: { subject: { type: 'subject', required: true, about: 'sa:NAMESPACE/NAME, user:NAME or group:NAME' } },
  outputs: {
    rights: { type: 'list', about: 'scope, resource, verbs and names of each' },
    admin: { type: 'bool', about: 'it may do everything, everywhere' },
    escalates: { type: 'bool', about: 'it may escalate, bind or impersonate' },
    ...gapOutputs,
  },
  rights: () => readsRbac,
  async ask({ engine: { cluster } }, { subject }) {
    const { whatCan: ask } = await import('../../rbac/what-can.ts')
    const { snapshot, index } = await rbacOf(cluster, () => ({ roleBindingsOf: '*' }))
    const { rights, gaps, groups } = ask(snapshot, index, await subjectIn(subject), [])
    const all = [...gaps]
    const everywhere = rights.filter(({ scope }) => scope === '*')
    const isAny = (one: string[]) => one.includes('*')
    return {
      rights: held(
        rights.map(({ scope, apiGroup = '', resource, url, verbs, resourceNames = [] }) => ({
          scope,
          what: url ?? `${resource ?? ''}${apiGroup === '' ? '' : `.${apiGroup}`}`,
          verbs,
          names: resourceNames.slice(0, 20),
        })),
        'rights',
        all,
      ),
      admin:
        groups.includes('system:masters') ||
        everywhere.some(
          ({ verbs, resource, apiGroup, resourceNames }) =>
            isAny(verbs) && resource === '*' && apiGroup === '*' && !resourceNames,
        ),
      escalates: rights.some(
        ({ verbs, url }) =>
          url === undefined && ['escalate', 'bind', 'impersonate', '*'].some((verb) => verbs.includes(verb)),
      ),
      ...told(all),
    }
  },
})

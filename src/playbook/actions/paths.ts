import type { Start } from '../../attack/report.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { SecureError } from '../../errors.ts'
import type { ActionContext, Pinned } from '../model.ts'
import { question } from './define.ts'
import { gapOutputs, told } from './gaps.ts'
import { bindingTypes, may, roleTypes } from './rights.ts'
import { subjectIn } from './subjects.ts'

const optional = true as const

export const paths = question({
  name: 'paths',
  summary: 'Whether a subject, a pod or a node can become admin or take over a node, and how',
  with: {
    subject: { type: 'subject', about: 'sa:NAMESPACE/NAME, user:NAME or group:NAME' },
    from: { type: 'object', about: 'instead of a subject: a pinned pod, node or service account' },
  },
  outputs: {
    admin: { type: 'bool', about: 'a path leads to everything' },
    node: { type: 'bool', about: 'a path leads to root on a node' },
    shortest: { type: 'list', about: 'to what, and the hops of the shortest path to it, as texts' },
    ...gapOutputs,
  },
  rights: () => [
    ...may('list', bindingTypes, { optional }),
    ...may('list', roleTypes, { optional }),
    ...may('list', 'pods nodes namespaces serviceaccounts secrets', { optional }),
  ],
  async ask({ engine: { cluster } }: ActionContext, { subject, from }) {
    const [{ answerPaths }, { bootstrapOf }, { formatTarget }] = await Promise.all([
      import('../../attack/answer.ts'),
      import('../../attack/bootstrap.ts'),
      import('../../attack/target.ts'),
    ])
    const start = await startOf(subject, from)
    const { world, gaps, notes } = await worldOf(cluster)
    const bootstrap = await bootstrapOf(world.snapshot, world.state.version)
    const { rows } = answerPaths({ world, bootstrap, gaps, notes }, { from: [start] })
    const found = rows.map(({ to, paths: ways }) => {
      const [first] = ways
      return { to: formatTarget(to), hops: first?.hops.map(({ title, to: next }) => `${title}: ${next.text}`) }
    })
    const reaches = (what: string) => found.some(({ to, hops }) => to === what && hops !== undefined)
    return {
      admin: reaches('admin'),
      // The paths to a node are those that do not go by admin, who reaches every node.
      node: reaches('node') || reaches('admin'),
      shortest: found.flatMap(({ to, hops }) => (hops ? [{ to, hops }] : [])),
      ...told(gaps),
    }
  },
})

async function startOf(subject: string | undefined, from: Pinned | undefined): Promise<Start> {
  if ((subject === undefined) === (from === undefined))
    throw new SecureError('usage', 'paths needs either a subject, or what it is from')
  if (subject !== undefined) return await subjectIn(subject)
  const { kind, namespace = '', name } = from as Pinned
  if (kind === 'Node') return { kind, name }
  if (kind === 'Pod' || kind === 'ServiceAccount') return { kind, namespace, name }
  throw new SecureError('usage', `paths are from a pod, a node or a service account, not from a ${kind}`)
}

/** RBAC and the state beside it, each list once. */
async function worldOf(cluster: Cluster) {
  const [{ snapshotFrom }, { stateFrom }, { liveOrigin }, { indexRbac }, { discover }] = await Promise.all([
    import('../../snapshot/from-cluster.ts'),
    import('../../snapshot/read-state.ts'),
    import('../../snapshot/origin.ts'),
    import('../../rbac/rbac-index.ts'),
    import('../../cluster/discovery.ts'),
  ])
  const origin = () => liveOrigin(cluster, () => {})
  const [snapshot, state] = await Promise.all([
    snapshotFrom(origin(), () => ({ roleBindingsOf: '*' })),
    discover(cluster).then(async ({ resources }) => await stateFrom(origin(), resources)),
  ])
  const { pods, namespaces, accounts } = state
  const whole = { ...snapshot, pods, namespaces, serviceAccounts: accounts }
  return {
    world: { snapshot: whole, index: indexRbac(whole), state },
    gaps: [...snapshot.gaps, ...state.gaps],
    notes: snapshot.notes,
  }
}

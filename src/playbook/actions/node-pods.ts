import { getterOf } from '../../isolation/get.ts'
import { metaOf, specOf } from '../../isolation/raw.ts'
import { isStatic } from '../../isolation/standing.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { Pinned } from '../model.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { makersOf } from './image-pods.ts'
import { may, workloadTypes } from './rights.ts'
import { subjectOf } from './subjects.ts'
import { accountOf, distinctPins, pinnedOf, podsOf, reread } from './targets.ts'

export const nodePods = question({
  name: 'node.pods',
  summary: 'What is on a node: whoever is root there has its accounts and its secrets',
  with: { node: { type: 'node', required: true, about: 'the node' } },
  outputs: {
    node: { type: 'node', about: 'the node, pinned' },
    cordoned: { type: 'bool', about: 'no new pod is put on it' },
    pods: { type: 'list', about: 'its pods, pinned' },
    static: { type: 'list', about: 'those of them that it runs from files, whatever the API says' },
    workloads: { type: 'list', about: 'the workloads above them' },
    accounts: { type: 'list', about: 'the accounts of pods that have a token, pinned by name' },
    subjects: { type: 'list', about: 'the same as subjects: sa:NAMESPACE/NAME' },
    secrets: { type: 'list', about: 'the secrets that its pods have, pinned by name' },
    ...gapOutputs,
  },
  rights: ({ node }) => [
    ...may('get', 'nodes', node),
    ...may('list', 'pods'),
    ...may('get', workloadTypes, { optional: true }),
  ],
  async ask({ engine: { cluster } }, { node: pin }) {
    const { decodePodState } = await import('../../snapshot/pod-state.ts')
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const [node, pods] = await Promise.all([reread(get, pin), podsOf(get, [pin])])
    const { workloads } = await makersOf(get, pods)
    const states = pods.map((raw) => ({ raw, state: decodePodState(raw).pod }))
    const accounts = distinctPins(states.filter(({ state }) => state.token).map(({ raw }) => accountOf(raw)))
    const secrets = states.flatMap(({ raw, state }) =>
      state.secrets.map((name): Pinned => ({ kind: 'Secret', namespace: metaOf(raw).namespace, name })),
    )
    return {
      node: pinnedOf(node),
      cordoned: specOf(node)['unschedulable'] === true,
      pods: held(pods.map(pinnedOf), 'pods', gaps),
      static: pods.filter(isStatic).map(pinnedOf),
      workloads: held(workloads.map(pinnedOf), 'workloads', gaps),
      accounts: held(accounts, 'accounts', gaps),
      subjects: held(accounts.map(subjectOf), 'accounts', gaps),
      secrets: held(distinctPins(secrets), 'secrets', gaps),
      ...told(gaps),
    }
  },
})

import { objectPath } from '../../cluster/object-path.ts'
import { SecureError } from '../../errors.ts'
import { getterOf, kinds } from '../../isolation/get.ts'
import type { Raw } from '../../isolation/raw.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { refuseBlind } from './gaps.ts'
import { remedial } from './remedy.ts'
import { may, workloadTypes } from './rights.ts'
import { pinnedOf, podsOf, same } from './targets.ts'

// The others keep the pods that they have.
const replacing = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

export const secretMove = remedial({
  name: 'secret.move',
  summary: 'Has all workloads that use a secret use another one, which has the new value; their pods are replaced',
  destroys: true,
  with: {
    from: { type: 'secret', required: true, about: 'the secret that leaked' },
    to: { type: 'secret', required: true, about: 'the new one, in the same namespace' },
  },
  outputs: {
    workloads: { type: 'list', about: 'those that are changed, pinned' },
    pods: { type: 'list', about: 'their present pods, which are replaced' },
    left: { type: 'list', about: 'what goes on with the old one, as texts' },
  },
  rights: ({ from }) => {
    const own = { namespace: from?.namespace }
    return [
      ...may('get list', workloadTypes, own),
      ...may('patch', workloadTypes, own),
      ...may('list', 'pods', own),
      ...may('get', 'secrets', own),
    ]
  },
  async draft({ engine: { cluster } }, { from, to }) {
    const [{ readWorkloads }, { moveSecretReferences }] = await Promise.all([
      import('../../remediate/workload.ts'),
      import('../../remediate/secret-references.ts'),
    ])
    const { namespace = cluster.namespace, name } = from
    if ((to.namespace ?? namespace) !== namespace || to.name === name)
      throw new SecureError('usage', `secret.move: the new secret has to be another one in namespace ${namespace}`)
    // Its metadata alone: what is in it is none of our business.
    const headers = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }
    const head = await cluster.json<Raw>({ path: objectPath({ ...kinds.secrets, namespace, name: to.name }), headers })
    same(head, { ...to, namespace })
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const workloads = await readWorkloads(get, namespace)
    const moving = moveSecretReferences(workloads, name, to.name)
    if (moving.changes.length === 0) refuseBlind('secret.move', gaps)
    if (moving.changes.length === 0) return undefined
    const notes = [...moving.notes, ...gaps.map(({ what, why }) => `not seen: ${what}: ${why}`)]
    const remedy = { ...moving, notes }
    const changed = new Set(remedy.changes.map(({ ref }) => ('uid' in ref ? ref.uid : '')))
    const moved = workloads.map((raw) => ({ raw, pin: pinnedOf(raw) })).filter(({ pin }) => changed.has(pin.uid ?? ''))
    const pods = await podsOf(
      get,
      moved.flatMap(({ pin }) => (replacing.has(pin.kind) ? [pin] : [])),
    )
    return {
      remedy: () => remedy,
      outputs: { workloads: moved.map(({ pin }) => pin), pods: pods.map(pinnedOf), left: remedy.notes },
      destroys: pods,
    }
  },
})

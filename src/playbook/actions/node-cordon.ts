import { getterOf } from '../../isolation/get.ts'
import { remedial } from './remedy.ts'
import { may } from './rights.ts'
import { pinnedOf, reread } from './targets.ts'

export const nodeCordon = remedial({
  name: 'node.cordon',
  summary: 'Has no new pod put on a node; those that run on it go on, for evidence',
  with: { node: { type: 'node', required: true, about: 'the node' } },
  outputs: { node: { type: 'node', about: 'the node, pinned' } },
  rights: ({ node }) => may('get patch', 'nodes', node),
  async draft({ engine: { cluster } }, { node: pin }) {
    const { planCordon } = await import('../../isolation/plan-node.ts')
    const node = await reread(getterOf(cluster, []), pin)
    return { remedy: () => ({ changes: planCordon({ owners: [node] }), notes: [] }), outputs: { node: pinnedOf(node) } }
  },
})

import { getterOf, kinds } from '../../isolation/get.ts'
import { remedial } from './remedy.ts'
import { may } from './rights.ts'
import { pinnedOf } from './targets.ts'
import { textsIn } from './values.ts'

const policies =
  'validatingadmissionpolicies.admissionregistration.k8s.io validatingadmissionpolicybindings.admissionregistration.k8s.io'

export const imageBlock = remedial({
  name: 'image.block',
  summary: 'Has the API server refuse pods with an image: its digest, and every name that was seen to carry it',
  with: {
    digest: { type: 'image-digest', required: true, about: 'sha256:…' },
    names: { type: 'list', about: 'more names of it, which no pod has now' },
  },
  outputs: {
    digest: { type: 'image-digest', about: 'the digest' },
    names: { type: 'list', about: 'the names that are refused' },
    running: { type: 'list', about: 'pods that run it: they are not touched' },
  },
  rights: () => [...may('list', 'pods'), ...may('get create delete', policies)],
  async draft({ engine: { cluster } }, { digest, names }) {
    const [{ blockImage }, { seenImages }] = await Promise.all([
      import('../../remediate/block-image.ts'),
      import('../../remediate/seen-images.ts'),
    ])
    const seen = seenImages(await getterOf(cluster, []).all(kinds.pods, undefined)).get(digest)
    const all = [...new Set([...(seen?.names ?? []), ...textsIn('image.block: names', names)])]
    return {
      remedy: blockImage({ digest, names: all }),
      outputs: { digest, names: all, running: (seen?.pods ?? []).map(pinnedOf) },
    }
  },
})

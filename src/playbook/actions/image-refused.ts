import { createObject } from '../../cluster/write.ts'
import { SecureError } from '../../errors.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, told } from './gaps.ts'
import { may } from './rights.ts'
import { textsIn } from './values.ts'

export const imageRefused = question({
  name: 'image.refused',
  summary:
    'Whether the API server refuses pods with an image by now: it is asked for one of each name, by a dry run, which makes none',
  with: {
    digest: { type: 'image-digest', required: true, about: 'sha256:…' },
    names: { type: 'list', about: 'names of it, which are tried as well' },
  },
  outputs: {
    refused: { type: 'bool', about: 'it refuses all of them, because of the block' },
    admitted: { type: 'list', about: 'those that it lets in' },
    ...gapOutputs,
  },
  rights: () => may('create', 'pods'),
  async ask({ engine: { cluster } }, { digest, names }) {
    const { refusalOf } = await import('../../remediate/block-image.ts')
    const gaps: Gap[] = []
    const tried = [`image.invalid/any@${digest}`, ...textsIn('image.refused: names', names)]
    const answers = await Promise.all(
      tried.map(async (image) => {
        const why = await refusalTo(image)
        if (why !== undefined && !why.includes(refusalOf(digest)))
          gaps.push({ what: `a pod with ${image}`, why, hides: 'whether the block refuses it' })
        return { image, why }
      }),
    )
    return {
      refused: answers.every(({ why }) => why?.includes(refusalOf(digest))),
      admitted: answers.flatMap(({ image, why }) => (why === undefined ? [image] : [])),
      ...told(gaps),
    }

    async function refusalTo(image: string): Promise<string | undefined> {
      const path = `/api/v1/namespaces/${cluster.namespace}/pods`
      try {
        await createObject(cluster, path, podWith(image), { dryRun: true })
        return undefined
      } catch (error) {
        if (error instanceof SecureError && ['invalid', 'forbidden'].includes(error.code)) return error.message
        throw error
      }
    }
  },
})

// As Pod Security's strictest level has it, so that nothing else refuses it.
const podWith = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'kubectl-secure-try-' },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'main',
        image,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
})

import { listAt, type Raw, specOf, statusOf, textAt } from '../isolation/raw.ts'
import type { SeenImage } from './block-image.ts'

const digestOf = /sha256:[0-9a-f]{64}/

/** The images that pods run, by digest, with the names by which any pod asked for each. */
export function seenImages(pods: readonly Raw[]): Map<string, SeenImage & { pods: Raw[] }> {
  const found = new Map<string, SeenImage & { pods: Raw[] }>()
  for (const pod of pods) {
    for (const kind of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
      const asked = new Map(listAt(specOf(pod), kind).map((one) => [textAt(one, 'name'), textAt(one, 'image')]))
      for (const status of listAt(statusOf(pod), `${kind.slice(0, -1)}Statuses`)) {
        const digest = digestOf.exec(textAt(status, 'imageID'))?.[0]
        const name = asked.get(textAt(status, 'name'))
        if (digest === undefined || name === undefined) continue
        const image = found.get(digest) ?? { digest, names: [], pods: [] }
        if (!image.names.includes(name)) image.names.push(name)
        if (!image.pods.includes(pod)) image.pods.push(pod)
        found.set(digest, image)
      }
    }
  }
  return found
}

import { splitLines } from '../bundle/lines.ts'
import type { Artefact, Bundle } from '../bundle/read.ts'
import type { Kept } from '../bundle/entry.ts'
import { SecureError } from '../errors.ts'

// Longer lines are shown as far as this.
const maxLine = 1024 * 1024

/** An artefact by the names that the cluster gave, not by those of its file. Hostile text. */
export function shownPath({ path, file, cut }: Kept): string {
  const name = path?.join('/') ?? file
  return cut === undefined ? name : `${name}${/\.part\d+$/.exec(file)?.[0] ?? ''}`
}

/** The artefact of a path as `tree` shows it, or of a file in the bag. Throws SecureError `usage` where there is none. */
export async function artefactAt(bundle: Bundle, wanted: string): Promise<Artefact> {
  for await (const artefact of bundle.artefacts((kept) => shownPath(kept) === wanted || kept.file === wanted))
    return artefact
  throw new SecureError('usage', `there is no ${wanted} in it`, {
    hint: 'evidence show FILE tree lists what there is.',
  })
}

/** Every line that a pattern finds, in all artefacts. */
export async function* grep(
  bundle: Bundle,
  pattern: RegExp,
): AsyncGenerator<{ path: string; line: number; text: string }> {
  for await (const artefact of bundle.artefacts()) {
    let line = 0
    for await (const { line: bytes } of splitLines(artefact.content(), maxLine)) {
      line++
      const text = bytes.toString('utf8')
      if (pattern.test(text)) yield { path: shownPath(artefact), line, text }
    }
  }
}

/** Every line of the logs of a pod, POD or NAMESPACE/POD, each with the log that it stands in. */
export async function* podLines(bundle: Bundle, wanted: string): AsyncGenerator<{ log: string; text: string }> {
  const isMeant = ({ path }: Kept) => {
    const [room, namespace, folder] = path ?? []
    const pod = folder?.slice(0, folder.lastIndexOf('_'))
    return room === 'logs' && (wanted === pod || wanted === `${namespace}/${pod}`)
  }
  let found = false
  for await (const artefact of bundle.artefacts(isMeant)) {
    found = true
    const log = shownPath(artefact).slice('logs/'.length)
    for await (const { line } of splitLines(artefact.content(), maxLine)) yield { log, text: line.toString('utf8') }
  }
  if (!found) throw new SecureError('usage', `there is no log of a pod ${wanted} in it`)
}

import { absent } from './compare.ts'
import { isKnown, type Manifest, manifestKind } from './manifest.ts'
import type { Scan, Seen } from './scan.ts'

/**
 * Holds a bag against its own manifests, whoever sealed it (RFC 8493 §3). Files in `told` were spoken of already;
 * where `isVouched` something else than a manifest tells that a file is right, and the manifest wrong.
 */
export function judgeBag(
  scan: Scan,
  told: ReadonlySet<string> = new Set(),
  isVouched: (file: Seen) => boolean = () => false,
): void {
  const { problems, seen, manifests, ended } = scan
  const said = new Set(told)
  const once = (file: string, say: () => void) => {
    if (said.has(file)) return
    said.add(file)
    say()
  }
  declaration(scan)
  const payload = manifests.filter(({ isTag }) => !isTag)
  if (payload.length === 0 && !ended) problems.add('bag', 'there is no manifest of a digest that can be checked')
  const missing = new Set<string>()
  for (const manifest of manifests) {
    for (const [file, digest] of manifest.digests) {
      const found = seen.get(file)
      if (!found) once(file, () => missing.add(file))
      else if (found.digests[manifest.algorithm] === digest) continue
      else if (isVouched(found)) {
        once(manifest.name, () =>
          problems.add('changed', `it has another digest of ${JSON.stringify(file)}, which is right`, {
            file: manifest.name,
          }),
        )
      } else {
        once(file, () => problems.add('changed', `its bytes are not those that ${manifest.name} has`, { file }))
      }
    }
  }
  absent(scan, [...missing])
  for (const file of seen.keys()) {
    const kind = manifestKind(file)
    if (kind && !isKnown(kind.algorithm)) problems.add('bag', `${kind.algorithm} cannot be checked`, { file })
    if (file === 'fetch.txt')
      problems.add('fetch', 'it names files that are elsewhere: those were never sealed', { file })
    if (!file.startsWith('data/')) continue
    const without = payload.find(({ digests }) => !digests.has(file))
    if (without) once(file, () => problems.add('added', `${without.name} does not have it`, { file }))
  }
  oxum(scan, payload)
}

function declaration({ texts, problems, ended }: Scan): void {
  const text = texts.get('bagit.txt')
  if (text === undefined) {
    if (!ended) problems.add('bag', 'there is no bagit.txt: it is not a bag')
  } else if (!/^\ufeff?BagIt-Version: (?:0\.9\d|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\s*$/i.test(text)) {
    problems.add('bag', 'it does not declare a version of BagIt and UTF-8 as RFC 8493 has it', { file: 'bagit.txt' })
  }
}

function oxum({ texts, seen, problems, ended }: Scan, payload: Manifest[]): void {
  const match = /^Payload-Oxum:\s*(\d{1,15})\.(\d{1,15})\s*$/im.exec(texts.get('bag-info.txt') ?? '')
  if (!match || ended || payload.length === 0) return
  const data = [...seen.values()].filter(({ file }) => file.startsWith('data/'))
  const bytes = data.reduce((sum, one) => sum + one.bytes, 0)
  if (bytes === Number(match[1]) && data.length === Number(match[2])) return
  const what = `its Payload-Oxum is ${match[1]}.${match[2]}, and there are ${bytes} bytes in ${data.length} files`
  problems.add('bag', what, { file: 'bag-info.txt' })
}

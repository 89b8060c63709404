import type { Problems } from './problems.ts'
import { splitLines } from './lines.ts'

export type Algorithm = 'sha256' | 'sha512' | 'sha1' | 'md5'
export const algorithms: readonly Algorithm[] = ['sha256', 'sha512', 'sha1', 'md5']

export type Manifest = {
  name: string
  algorithm: Algorithm
  isTag: boolean
  /** By file. */
  digests: Map<string, string>
}

const maxLine = 16 * 1024
const maxFiles = 5_000_000
const digestLengths: Record<Algorithm, number> = { sha256: 64, sha512: 128, sha1: 40, md5: 32 }

/** What a file's name makes it: a manifest of some digest, or not. RFC 8493 §2.1.3, §2.2.1. */
export function manifestKind(name: string): { algorithm: string; isTag: boolean } | undefined {
  const match = /^(tag)?manifest-([a-z0-9]+)\.txt$/.exec(name)
  return match ? { isTag: match[1] !== undefined, algorithm: match[2] ?? '' } : undefined
}

export const isKnown = (algorithm: string): algorithm is Algorithm => algorithms.some((one) => one === algorithm)

/** Reads a manifest line by line; what cannot be a line of one is a problem. */
export async function readManifest(
  name: string,
  { algorithm, isTag }: { algorithm: Algorithm; isTag: boolean },
  source: AsyncIterable<Buffer>,
  problems: Problems,
): Promise<Manifest> {
  const digests = new Map<string, string>()
  let number = 0
  for await (const { line, isCut } of splitLines(source, maxLine)) {
    number++
    const match = /^([0-9a-fA-F]+)[ \t]+\*?(?:\.\/)?(.+?)\r?$/.exec(line.toString('utf8'))
    const at = { file: name, line: number }
    if (isCut || match?.[1]?.length !== digestLengths[algorithm]) problems.add('bag', 'it is no digest with a file', at)
    else if (digests.size === maxFiles) problems.add('too-large', `it has more than ${maxFiles} files`, at)
    else {
      const file = unescaped(match[2] ?? '')
      if (digests.has(file)) problems.add('duplicate', 'it names a file a second time', at)
      else digests.set(file, match[1].toLowerCase())
    }
  }
  return { name, algorithm, isTag, digests }
}

// RFC 8493 §2.1.3: CR, LF and the percent sign, and nothing else.
const unescaped = (file: string) =>
  file.replace(/%(0A|0D|25)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

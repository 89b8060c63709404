import { hasShape } from './entry-shape.ts'
import type { CaseEntry, Facts, Kept, Recorded } from './entry.ts'

/** What a journal says there is, by file. */
export type Index = {
  kept: Map<string, Kept>
  documents: Map<string, { file: string; sha256: string; bytes: number }>
  /** What was being written when the journal ended, by `.partN`. */
  open: Map<string, { path: string[]; meta: Facts }>
  counts: Record<CaseEntry['type'], number>
}

export function emptyIndex(): Index {
  const counts = {
    document: 0,
    open: 0,
    artefact: 0,
    cut: 0,
    lost: 0,
    request: 0,
    gap: 0,
    alteration: 0,
    note: 0,
    resume: 0,
  }
  return { kept: new Map(), documents: new Map(), open: new Map(), counts }
}

/** Takes a line of the journal in. Returns why it cannot be one of ours: it is chained, and yet no case of ours wrote it. */
export function take(index: Index, entry: CaseEntry | Recorded): string | undefined {
  if (!hasShape(entry)) return `it is no ${entry.type} as this version writes them`
  index.counts[entry.type]++
  if (entry.type === 'open') {
    index.open.set(entry.file, { path: entry.path, meta: entry.meta })
  } else if (entry.type === 'document') {
    const { file, sha256, bytes } = entry
    if (index.documents.has(file)) return `${file} is there twice`
    index.documents.set(file, { file, sha256, bytes })
  } else if (entry.type === 'lost') {
    index.kept.delete(entry.file)
    index.documents.delete(entry.file)
  } else if (entry.type === 'artefact' || entry.type === 'cut') {
    const { file, sha256, bytes, meta, path } = entry
    if (index.kept.has(file)) return `${file} is there twice`
    index.kept.set(file, { file, sha256, bytes, meta, path, cut: entry.type === 'cut' ? entry.why : undefined })
    if (entry.type === 'cut') index.open.delete(file)
    else for (const [part, { path: of }] of index.open) if (isSame(of, entry.path)) index.open.delete(part)
  }
  return undefined
}

const isSame = (one: string[], other: string[]) =>
  one.length === other.length && one.every((part, at) => part === other[at])

// What questions to a bundle unpack: behind gigabytes of logs they would wait for those.
const first = ['data/api-server/', 'data/raw/']

/** The order of the sealed archive and of its manifests: what questions need, then all else; each in code-unit order. */
export function inOrder<T extends { file: string }>(files: Iterable<T>): T[] {
  const ranked = [...files].map((one) => ({ one, rank: rankOf(one.file) }))
  ranked.sort((one, other) => one.rank - other.rank || (one.one.file < other.one.file ? -1 : 1))
  return ranked.map(({ one }) => one)
}

function rankOf(file: string): number {
  const rank = first.findIndex((room) => file.startsWith(room))
  return rank < 0 ? first.length : rank
}

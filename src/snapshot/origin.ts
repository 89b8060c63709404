import type { Cluster } from '../cluster/cluster.ts'
import type { QuestionKind } from './question-kinds.ts'
import { type Reader, readerOf } from './reader.ts'
import type { Gap, Snapshot } from './snapshot.ts'

/** A cluster to take a snapshot of: one that lives, or what a bundle has of one. */
export type Origin = {
  source: Snapshot['source']
  /** Answers discovery and the reviews. */
  cluster: Cluster
  /** For lists and objects of `kinds` alone, once those are known. */
  reader(gaps: Gap[], kinds: () => Promise<readonly QuestionKind[]>): Reader
  /** Remarks on it as a source. */
  notes: string[]
}

/** A cluster that lives. */
export function liveOrigin(cluster: Cluster, onProgress: (objects: number) => void): Origin {
  return {
    source: { kind: 'cluster', server: cluster.server },
    cluster,
    reader: (gaps) => readerOf(cluster, onProgress, gaps),
    notes: [],
  }
}

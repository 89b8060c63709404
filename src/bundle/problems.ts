import type { ProblemKind } from './damage.ts'

export type Problem = {
  kind: ProblemKind
  /** Below the bag's directory, or as the archive has it. Hostile text. */
  file?: string
  /** From 1. */
  line?: number
  what: string
}

const maxProblems = 1000

/** What is wrong, up to a number that somebody can read. */
export class Problems {
  readonly list: Problem[] = []
  count = 0

  add(kind: ProblemKind, what: string, at: { file?: string; line?: number } = {}): void {
    this.count++
    if (this.list.length < maxProblems) this.list.push({ kind, ...at, what })
  }
}

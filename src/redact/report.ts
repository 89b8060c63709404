import type { CaseHead } from '../bundle/entry.ts'
import type { Redaction } from '../bundle/redacted.ts'
import type { LiveSecrets, NotSearched } from './live-cluster.ts'
import type { LiveValue } from './live-values.ts'
import type { Finding } from './redactor.ts'
import type { RedactProfile } from './scene.ts'

/** What was masked in one file, of the bundle or of its journal. */
export type RedactedFile = { file: string; findings: number; at: Finding[] }

export type RedactReport = {
  apiVersion: 'kubectl-secure.github.io/v1'
  kind: 'RedactReport'
  /** Nothing was left out. */
  complete: boolean
  case: string
  profile: RedactProfile
  parent: Redaction['parent']
  /** Names the key of the pseudonyms, and says nothing of it. */
  key: string
  findings: number
  rules: { rule: string; findings: number }[]
  files: RedactedFile[]
  leftOut: { file: string; why: string }[]
  unpacked: { file: string; as: string }[]
  live?: {
    secrets: number
    searched: number
    refused: string[]
    found: { namespace: string; name: string; key: string; files: string[] }[]
    notSearched: NotSearched[]
  }
  notes: string[]
}

// What somebody reads; the counts are of all.
const maxPerFile = 500
const maxListed = 100_000

/** Counts what is masked, by rule and by file; of each file the first are listed. */
export class Tally {
  readonly live = new Map<LiveValue, Set<string>>()
  readonly #rules = new Map<string, number>()
  readonly #files = new Map<string, RedactedFile>()
  #listed = 0

  /** Takes the findings of a file; they count once that is `done`, as what is left out does not. */
  of(file: string): { add(finding: Finding): void; done(seen: readonly LiveValue[]): void } {
    const rules = new Map<string, number>()
    const at: Finding[] = []
    return {
      add: (finding) => {
        rules.set(finding.rule, (rules.get(finding.rule) ?? 0) + 1)
        if (at.length < maxPerFile) at.push(finding)
      },
      done: (seen) => {
        for (const value of seen) this.live.set(value, (this.live.get(value) ?? new Set()).add(file))
        if (rules.size > 0) this.#take(file, rules, at)
      },
    }
  }

  get findings(): number {
    return this.#rules.values().reduce((sum, count) => sum + count, 0)
  }

  get files(): RedactedFile[] {
    return [...this.#files.values()]
  }

  get rules(): { rule: string; findings: number }[] {
    const rows = [...this.#rules].map(([rule, findings]) => ({ rule, findings }))
    return rows.sort((one, other) => other.findings - one.findings || (one.rule < other.rule ? -1 : 1))
  }

  #take(file: string, rules: Map<string, number>, at: Finding[]): void {
    const known = this.#files.get(file) ?? { file, findings: 0, at: [] }
    this.#files.set(file, known)
    for (const [rule, count] of rules) {
      this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + count)
      known.findings += count
    }
    const room = Math.min(maxPerFile - known.at.length, maxListed - this.#listed)
    known.at.push(...at.slice(0, Math.max(0, room)))
    this.#listed += Math.min(at.length, Math.max(0, room))
  }
}

/** All that a derivative says of itself; no value is in it. */
export function reportOf(
  head: CaseHead,
  tally: Tally,
  request: { profile: RedactProfile; keyId: string; live?: LiveSecrets | undefined },
  rest: Pick<RedactReport, 'leftOut' | 'unpacked' | 'notes'>,
): RedactReport {
  const { parent } = head['redaction'] as Redaction
  const { live } = request
  return {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'RedactReport',
    complete: rest.leftOut.length === 0 && (live?.refused.length ?? 0) === 0,
    case: head.id,
    profile: request.profile,
    parent,
    key: request.keyId,
    findings: tally.findings,
    rules: tally.rules,
    files: tally.files,
    ...rest,
    ...(live && {
      live: {
        secrets: live.secrets,
        searched: live.values.length,
        refused: live.refused,
        found: [...tally.live].map(([{ namespace, name, key }, files]) => ({
          namespace,
          name,
          key,
          files: [...files],
        })),
        notSearched: live.notSearched,
      },
    }),
  }
}

import { evidenceOf } from './evidence.ts'
import type { Finding, GoneFinding } from './finding.ts'
import { riskKey } from './id.ts'
import type { Baseline, BaselineFinding } from './read-baseline.ts'

/**
 * What became of findings since a baseline. A finding is the same by its id; one whose grants changed has another, and is known by its rule, subject and
 * scope where the baseline has one that is not there any more.
 */
export function compareWith(baseline: Baseline, ids: ReadonlySet<string>) {
  const byId = new Map(baseline.findings.map((finding) => [finding.id, finding]))
  const left = new Map<string, BaselineFinding[]>()
  for (const finding of baseline.findings) {
    if (ids.has(finding.id)) continue
    const key = riskKey(finding)
    const alike = left.get(key)
    if (alike) alike.push(finding)
    else left.set(key, [finding])
  }
  return {
    /** The finding with what became of it; each is to be asked for once. */
    judge(finding: Finding): Finding {
      const before = byId.get(finding.id) ?? left.get(riskKey(finding))?.shift()
      if (!before) return { ...finding, change: 'new' }
      const [now, then] = [new Set(evidenceOf(finding)), new Set(before.evidence)]
      const added = [...now].filter((line) => !then.has(line))
      const removed = [...then].filter((line) => !now.has(line))
      const isSame = before.severity === finding.severity && added.length === 0 && removed.length === 0
      if (isSame) return { ...finding, change: 'same' }
      return {
        ...finding,
        change: 'changed',
        before: { id: before.id, severity: before.severity, evidence: { added, removed } },
      }
    },
    /** What is there no more, once all findings were judged. */
    gone(): GoneFinding[] {
      return [...left.values()].flat().map(({ id, rule, title, severity, subject, object, scope }) => {
        return { id, rule, title, severity, scope, ...(subject ? { subject } : {}), ...(object ? { object } : {}) }
      })
    },
  }
}

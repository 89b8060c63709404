import { metaOf, recordAt } from '../isolation/raw.ts'
import { compareWarnings, enforceWarnings } from '../workload/pod-security/dry-run-warnings.ts'
import { levelText, parseVersion } from '../workload/pod-security/level.ts'
import type { LockdownScene } from './model.ts'
import { type PodsPlan, serverVersion } from './pods.ts'
import { podsOf } from './pods-templates.ts'

const mostShown = 3

/**
 * Where the API server's dry run of the labels and our own judgement of the same pods do not agree, as notes; `got` are the warnings of
 * that dry run. Empty where they agree, or where the plan enforces nothing new, of which a server says nothing.
 */
export function disagreementNotes(scene: LockdownScene, plan: PodsPlan, got: readonly string[]): string[] {
  const { enforce } = plan.after
  if (levelText(enforce) === levelText(plan.before.enforce)) return []
  const server = parseVersion(scene.version) ?? 'latest'
  const pods = podsOf(scene).map((raw) => ({
    ...raw,
    metadata: { ...recordAt(raw, 'metadata'), name: metaOf(raw).name },
  }))
  const expected = enforceWarnings(metaOf(scene.namespace).name, enforce, pods, serverVersion(enforce, server))
  const { missing, unexpected, isPartial } = compareWarnings(expected, got)
  const some = (lines: string[]) => lines.slice(0, mostShown).join(' | ')
  return [
    ...(isPartial
      ? ['the API server did not check, or did not name, all pods: its dry run says less than it would do']
      : []),
    ...(missing.length > 0 && !isPartial
      ? [
          `the API server's dry run does not say what was worked out here (exemptions, or pods that have changed): ${some(missing)}`,
        ]
      : []),
    ...(unexpected.length > 0 ? [`the API server's dry run also says: ${some(unexpected)}`] : []),
  ]
}

import type { Fix } from './edit.ts'
import { fieldText } from './field.ts'
import { type Level, minorOf, type PolicyVersion } from './level.ts'
import { type Pod, readPod } from './pod.ts'
import { type BaselineId, checksAt, type RestrictedId } from './registry.ts'

/** What the Pod Security Standards have against a pod; names and values in its texts are the pod's own, so hostile. */
export type Violation = {
  /**
   * The check, by upstream's id; `malformed` for fields that no API server would take, which leave the rest unsure.
   */
  id: BaselineId | RestrictedId | 'malformed'
  /** The level that the check belongs to. */
  level: 'baseline' | 'restricted'
  reason: string
  detail: string
  /** The fields at fault, from the pod's own root: `spec.containers[0].securityContext.runAsNonRoot`. */
  fields: string[]
  /** What lets the pod pass this check; absent where nothing does, and while anything in the pod is malformed. */
  fix?: Fix
}

/**
 * Judges a pod, or the template of one, as the PodSecurity admission plugin would when the pod is created: every check of the
 * level at that version that it fails, in the order and words of the server. Never throws, whatever is in the pod.
 *
 * Not judged: exemptions by namespace, user or runtime class, and defaults, of the plugin's configuration, which no API shows;
 * and the feature gate UserNamespacesPodSecurityStandards, which before 1.35 relaxed runAsNonRoot and runAsUser.
 * Source: k8s.io/pod-security-admission v0.37.2, policy/*.go.
 */
export function evaluatePod(
  level: Level,
  version: PolicyVersion,
  pod: { metadata?: unknown; spec?: unknown },
): Violation[] {
  if (level === 'privileged') return []
  const read = readPod(pod)
  const violations: Violation[] = malformedIn(read)
  const isWellFormed = violations.length === 0
  for (const { rule, ...check } of checksAt(level, minorOf(version))) {
    const finding = rule(read)
    if (!finding) continue
    const { reason, detail, paths, fix } = finding
    violations.push({ ...check, reason, detail, fields: paths.map(fieldText), ...(fix && isWellFormed && { fix }) })
  }
  return violations
}

function malformedIn({ malformed }: Pod): Violation[] {
  if (malformed.length === 0) return []
  const detail = malformed.map(({ message }) => message).join('; ')
  const fields = malformed.map(({ path }) => fieldText(path))
  return [{ id: 'malformed', level: 'baseline', reason: 'malformed fields', detail, fields }]
}

/** `privileged (container "a" must …), hostPort (…)`, as in the server's refusals. Source: AggregateCheckResult.ForbiddenDetail. */
export function forbiddenDetail(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')
}

/** `privileged, hostPort`, as in the server's warnings about the pods of a namespace. Source: AggregateCheckResult.ForbiddenReason. */
export function forbiddenReason(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ')
}

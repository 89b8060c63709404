import type { PatchChange } from '../change/plan.ts'
import { metaOf, type Raw } from '../isolation/raw.ts'
import { type LevelVersion, levelText, type PolicyVersion } from '../workload/pod-security/level.ts'
import { type Mode, namespaceLevels } from '../workload/pod-security/namespace-levels.ts'
import type { Level } from './model.ts'

const prefix = 'pod-security.kubernetes.io/'
/** The labels of a mode: its level, and the version that is pinned to. */
export const labelKeys = (mode: string): [string, string] => [`${prefix}${mode}`, `${prefix}${mode}-version`]
const strictness = ['privileged', 'baseline', 'restricted'] as const

/**
 * The Pod Security labels of a level: baseline only warns and writes to the audit log, restricted and quarantine refuse. Pinned, so that
 * an upgrade of the cluster refuses nothing new overnight.
 */
export function wantedLevels(level: Level, version: PolicyVersion): Partial<Record<Mode, LevelVersion>> {
  if (level === 'baseline') {
    const baseline: LevelVersion = { level: 'baseline', version }
    return { audit: baseline, warn: baseline }
  }
  const restricted: LevelVersion = { level: 'restricted', version }
  return { enforce: restricted, audit: restricted, warn: restricted }
}

/** The patch that gives a namespace these labels where it is not as strict already; absent where there is nothing to do. */
export function labelChange(
  namespace: Raw,
  wanted: ReturnType<typeof wantedLevels>,
): { change?: PatchChange; kept: string[] } {
  const now = namespaceLevels(namespace)
  const { labels, name, uid } = metaOf(namespace)
  const broken = new Set(now.problems.map(({ label }) => label))
  const kept: string[] = []
  const edits = Object.entries(wanted).flatMap(([mode, aim]): PatchChange['edits'] => {
    const [label, versionLabel] = labelKeys(mode)
    const found = now[mode as Mode]
    const isBroken = broken.has(label) || broken.has(versionLabel)
    if (!isBroken && isAsStrict(found, aim)) {
      if (levelText(found) !== levelText(aim)) kept.push(`${mode} stays at ${levelText(found)}`)
      return []
    }
    // Where only one of the two labels can be read, what it says still counts.
    const level = strictness.indexOf(found.level) > strictness.indexOf(aim.level) ? found.level : aim.level
    return [
      { path: ['metadata', 'labels', label], ...before(labels, label), after: level, restore: 'always' as const },
      {
        path: ['metadata', 'labels', versionLabel],
        ...before(labels, versionLabel),
        after: aim.version,
        restore: 'always' as const,
      },
    ].filter((edit) => edit.before !== edit.after)
  })
  if (edits.length === 0) return { kept }
  const change: PatchChange = {
    id: 'pods-labels',
    do: 'patch',
    why: wanted.enforce
      ? `has the API server refuse new pods that are not ${levelText(wanted.enforce)}`
      : 'has the API server warn of new pods that are not as the Pod Security Standards ask, and note them in its audit log',
    ...(wanted.enforce ? { risk: 'pods that run go on; those that would come after them may be refused' } : {}),
    ref: { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', name, uid },
    edits,
  }
  return { change, kept }
}

// A later version is taken for the stricter one; `latest` is, or becomes, later than any.
function isAsStrict(found: LevelVersion, aim: LevelVersion): boolean {
  const ahead = strictness.indexOf(found.level) - strictness.indexOf(aim.level)
  if (ahead !== 0) return ahead > 0
  const minor = ({ version }: LevelVersion) =>
    version === 'latest' ? Number.POSITIVE_INFINITY : Number(version.slice('v1.'.length))
  return minor(found) >= minor(aim)
}

function before(labels: Record<string, string>, key: string): { before?: string } {
  return Object.hasOwn(labels, key) ? { before: labels[key] ?? '' } : {}
}

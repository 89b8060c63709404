import { evaluatePod, forbiddenReason } from './evaluate.ts'
import { type LevelVersion, levelText } from './level.ts'
import { sortedSet } from './wording.ts'

/** A pod as the API server has it. */
type NamedPod = { metadata: { name: string }; spec?: unknown }

/**
 * What the API server warns of when a namespace begins to enforce a level, by our own evaluation of the same pods. `version` is that
 * of the label, `serverMinor` what the server makes of it. Source: EvaluatePodsInNamespace in admission/admission.go of
 * k8s.io/pod-security-admission.
 */
export function enforceWarnings(
  namespace: string,
  { level, version }: LevelVersion,
  pods: readonly NamedPod[],
  evaluated: LevelVersion['version'],
): string[] {
  const names = new Map<string, string[]>()
  for (const pod of pods) {
    const reason = forbiddenReason(evaluatePod(level, evaluated, pod))
    if (reason !== '') names.set(reason, [...(names.get(reason) ?? []), pod.metadata.name])
  }
  if (names.size === 0) return []
  const lines = [...names].map(([reason, pods]) => {
    const [first = '', ...others] = sortedSet(pods)
    const more = others.length === 1 ? 'pod' : 'pods'
    return `${first}${others.length === 0 ? '' : ` (and ${others.length} other ${more})`}: ${reason}`
  })
  const head = `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText({ level, version })}"`
  return [head, ...sortedSet(lines)]
}

/** How the warnings of the server's dry run compare with ours. */
export type WarningsComparison = {
  /** Of ours the server does not say; of these some may only have been cut off, where `isPartial`. */
  missing: string[]
  /** What only the server says; hostile text. Other admission plugins and webhooks warn too. */
  unexpected: string[]
  /** The server says that it did not check all pods, or did not say all: it stops after 3000 pods, a second, or 4096 characters. */
  isPartial: boolean
}

export function compareWarnings(expected: readonly string[], got: readonly string[]): WarningsComparison {
  const isPartialLine = (line: string) =>
    /^new PodSecurity enforce level only checked against the first \d+ of \d+ existing pods$/.test(line)
  // From 4096 characters on each is cut to 256, and then all others are left out. Source: filters/warning.go in k8s.io/apiserver.
  const cut = (line: string) => Array.from(line).slice(0, 256).join('')
  const isCut = got.reduce((length, line) => length + line.length, 0) >= 4096
  const said = new Set(got)
  const wanted = new Set(expected.flatMap((line) => [line, cut(line)]))
  return {
    missing: expected.filter((line) => !said.has(line) && !said.has(cut(line))),
    unexpected: got.filter((line) => !wanted.has(line) && !isPartialLine(line)),
    isPartial: isCut || got.some(isPartialLine),
  }
}

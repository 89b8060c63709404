import { type Level, type LevelVersion, parseLevel, parseVersion } from './level.ts'

export type Mode = 'enforce' | 'audit' | 'warn'
export type NamespaceLevels = Record<Mode, LevelVersion> & {
  /** Labels that the API server would not take today, and went round. */
  problems: { label: string; value: unknown; message: string }[]
}

const prefix = 'pod-security.kubernetes.io/'
const strictness: Level[] = ['privileged', 'baseline', 'restricted']

/**
 * The levels that a namespace's labels ask for, as the admission plugin reads them: without a label `privileged:latest`; of one
 * that cannot be read, enforce is restricted, audit and warn are privileged, and a version is latest; where only enforce is given,
 * warn follows it. An administrator may have configured other levels for namespaces without labels, and exemptions; no API shows
 * them. Source: api.PolicyToEvaluate in k8s.io/pod-security-admission.
 */
export function namespaceLevels(namespace: { metadata?: unknown }): NamespaceLevels {
  const labels = labelsOf(namespace)
  const problems: NamespaceLevels['problems'] = []
  const read = <T>(mode: string, parse: (text: unknown) => T | undefined, expected: string) => {
    const label = `${prefix}${mode}`
    if (!Object.hasOwn(labels, label)) return { isSet: false, value: undefined }
    const value = parse(labels[label])
    if (value === undefined) problems.push({ label, value: labels[label], message: `must be ${expected}` })
    return { isSet: true, value }
  }
  const modeOf = (mode: Mode, otherwise: Level) => {
    const level = read(mode, parseLevel, 'one of privileged, baseline, restricted')
    const version = read(`${mode}-version`, parseVersion, '"latest" or "v1.x"')
    const asked: LevelVersion = {
      level: level.value ?? (level.isSet ? otherwise : 'privileged'),
      version: version.value ?? 'latest',
    }
    return { asked, level, version }
  }
  const enforce = modeOf('enforce', 'restricted')
  const audit = modeOf('audit', 'privileged')
  const warn = modeOf('warn', 'privileged')
  const isStricter = strictness.indexOf(enforce.level.value ?? 'privileged') > strictness.indexOf(warn.asked.level)
  if (!warn.level.isSet && isStricter) {
    warn.asked.level = enforce.asked.level
    if (!warn.version.isSet) warn.asked.version = enforce.asked.version
  }
  return { enforce: enforce.asked, audit: audit.asked, warn: warn.asked, problems }
}

function labelsOf(namespace: { metadata?: unknown }): Record<string, unknown> {
  const { metadata } = namespace
  const labels = isObject(metadata) ? metadata['labels'] : undefined
  return isObject(labels) ? labels : {}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

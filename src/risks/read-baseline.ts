import { SecureError } from '../errors.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import { evidenceOf } from './evidence.ts'
import { type GoneFinding, type RisksReport, severities } from './finding.ts'

export type BaselineFinding = GoneFinding & { evidence: string[] }
export type Baseline = { query: RisksReport['query']; complete: boolean; findings: BaselineFinding[] }

/**
 * Reads an earlier answer of `risks -o json`. It may have been written by anybody: what is used of it is checked, and the rest is not looked at.
 * `where` names the file. Throws SecureError('usage') for anything else.
 */
export function readBaseline(text: string, where: string): Baseline {
  const report = objectIn(parsed(text, where), where, 'the file')
  const { kind, apiVersion: version, query = {}, complete, findings } = report
  if (kind !== 'RisksReport')
    throw unusable(where, `it is ${kind === undefined ? 'of no kind' : `a ${words(kind)}`}, not a RisksReport`)
  if (version !== apiVersion)
    throw unusable(where, `it is of apiVersion ${words(version)}, this tool reads ${apiVersion}`)
  if (report['gone'] !== undefined) {
    throw unusable(where, 'it was itself compared with a baseline, so it has not all findings')
  }
  if (!Array.isArray(findings)) throw unusable(where, 'findings is no list')
  const { namespace } = objectIn(query, where, 'query')
  return {
    query: namespace === undefined ? {} : { namespace: textIn(namespace, where, 'query.namespace') },
    complete: complete === true,
    findings: findings.map((each: unknown, index) => findingIn(each, where, `findings[${index}]`)),
  }
}

function findingIn(value: unknown, where: string, path: string): BaselineFinding {
  const raw = objectIn(value, where, path)
  const text = (field: string) => textIn(raw[field], where, `${path}.${field}`)
  const severity = severities.find((each) => each === raw['severity'])
  if (!severity) throw unusable(where, `${path}.severity is none of ${severities.join(', ')}`)
  const { subject, object } = raw
  return {
    id: text('id'),
    rule: text('rule'),
    title: text('title'),
    severity,
    ...(subject === undefined ? {} : { subject: subjectIn(subject, where, `${path}.subject`) }),
    ...(object === undefined ? {} : { object: refIn(object, where, `${path}.object`) }),
    scope: text('scope'),
    evidence: evidenceOf({
      grants: listIn(raw['grants'], where, `${path}.grants`).map((each, index) =>
        grantIn(each, where, `${path}.grants[${index}]`),
      ),
      state: listIn(raw['state'], where, `${path}.state`).map((each, index) =>
        factIn(each, where, `${path}.state[${index}]`),
      ),
    }),
  }
}

function grantIn(value: unknown, where: string, path: string) {
  const { binding, roleRef, rule } = objectIn(value, where, path)
  return {
    binding: refIn(binding, where, `${path}.binding`),
    roleRef: refIn(roleRef, where, `${path}.roleRef`),
    rule: rule === undefined ? undefined : ruleIn(rule, where, `${path}.rule`),
  }
}

function ruleIn(value: unknown, where: string, path: string) {
  const raw = objectIn(value, where, path)
  const list = (field: string) =>
    listIn(raw[field], where, `${path}.${field}`).map((each, index) =>
      textIn(each, where, `${path}.${field}[${index}]`),
    )
  return {
    verbs: list('verbs'),
    apiGroups: list('apiGroups'),
    resources: list('resources'),
    resourceNames: list('resourceNames'),
    nonResourceURLs: list('nonResourceURLs'),
  }
}

function factIn(value: unknown, where: string, path: string) {
  const { field, says } = objectIn(value, where, path)
  return {
    ...refIn(value, where, path),
    field: field === undefined ? undefined : textIn(field, where, `${path}.field`),
    says: textIn(says, where, `${path}.says`),
  }
}

function subjectIn(value: unknown, where: string, path: string): NonNullable<GoneFinding['subject']> {
  const { kind, ...ref } = refIn(value, where, path)
  if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount')
    throw unusable(where, `${path}.kind is no kind of subject`)
  return { kind, ...ref }
}

function refIn(value: unknown, where: string, path: string): { kind: string; name: string; namespace?: string } {
  const { kind, name, namespace } = objectIn(value, where, path)
  return {
    kind: textIn(kind, where, `${path}.kind`),
    name: textIn(name, where, `${path}.name`),
    ...(namespace === undefined ? {} : { namespace: textIn(namespace, where, `${path}.namespace`) }),
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusable(where, error instanceof Error ? error.message : String(error))
  }
}

function objectIn(value: unknown, where: string, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable(where, `${path} is no object`)
  return value as Record<string, unknown>
}

function listIn(value: unknown, where: string, path: string): unknown[] {
  if (!Array.isArray(value)) throw unusable(where, `${path} is no list`)
  return value
}

function textIn(value: unknown, where: string, path: string): string {
  if (typeof value !== 'string') throw unusable(where, `${path} is no text`)
  return value
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function unusable(where: string, why: string): SecureError {
  return new SecureError('usage', `baseline ${where}: ${why}`, {
    hint: 'a baseline is written by `risks -o json`, without --baseline',
  })
}

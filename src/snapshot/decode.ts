import type {
  Binding,
  Identified,
  LabelSelector,
  Namespace,
  Pod,
  PolicyRule,
  Role,
  ServiceAccount,
  Subject,
} from './objects.ts'

/** An object whose shape is not what its kind promises. `field` is a path such as `rules[2].verbs`. */
export class ShapeError extends Error {
  constructor(field: string, wanted: string, got: unknown) {
    super(`${field} must be ${wanted}, not ${describe(got)}`)
    this.name = 'ShapeError'
  }
}

type Raw = Record<string, unknown>

// Most lists of most rules are empty: tens of thousands of them are one.
const noStrings: string[] = []
const noLabels: Record<string, string> = {}

/** A Role or ClusterRole; throws ShapeError. A missing or null `rules` is no rules, as the API server has it. */
export function decodeRole(raw: Raw, kind: Role['kind']): Role {
  const metadata = record(raw['metadata'], 'metadata')
  const role: Role = {
    kind,
    ...identity(metadata),
    ...(kind === 'Role' ? { namespace: namespaceOf(metadata) } : {}),
    // Only ClusterRoles are aggregated, by their labels.
    labels: kind === 'ClusterRole' ? strings(metadata['labels'], 'metadata.labels') : noLabels,
    rules: items(raw['rules'], 'rules', rule),
  }
  if (raw['aggregationRule'] !== undefined && raw['aggregationRule'] !== null) {
    const { clusterRoleSelectors } = record(raw['aggregationRule'], 'aggregationRule')
    role.aggregation = items(clusterRoleSelectors, 'aggregationRule.clusterRoleSelectors', selector)
  }
  return role
}

/** A RoleBinding or ClusterRoleBinding; throws ShapeError. */
export function decodeBinding(raw: Raw, kind: Binding['kind']): Binding {
  const metadata = record(raw['metadata'], 'metadata')
  const roleRef = record(raw['roleRef'], 'roleRef')
  return {
    kind,
    ...identity(metadata),
    ...(kind === 'RoleBinding' ? { namespace: namespaceOf(metadata) } : {}),
    roleRef: { kind: text(roleRef['kind'], 'roleRef.kind'), name: text(roleRef['name'], 'roleRef.name') },
    subjects: items(raw['subjects'], 'subjects', subject),
  }
}

export function decodeServiceAccount(raw: Raw): ServiceAccount {
  const metadata = record(raw['metadata'], 'metadata')
  return { name: text(metadata['name'], 'metadata.name'), namespace: namespaceOf(metadata) }
}

/** A Pod; without a service account it runs as `default`, as admission would set it. */
export function decodePod(raw: Raw): Pod {
  const metadata = record(raw['metadata'], 'metadata')
  const spec = record(raw['spec'] ?? {}, 'spec')
  const status = record(raw['status'] ?? {}, 'status')
  return {
    name: text(metadata['name'], 'metadata.name'),
    namespace: namespaceOf(metadata),
    serviceAccount: optionalText(spec['serviceAccountName'], 'spec.serviceAccountName') || 'default',
    ...present('node', optionalText(spec['nodeName'], 'spec.nodeName')),
    ...present('phase', optionalText(status['phase'], 'status.phase')),
  }
}

export function decodeNamespace(raw: Raw): Namespace {
  return { name: text(record(raw['metadata'], 'metadata')['name'], 'metadata.name') }
}

/** A list of strings in any object; null and absent are empty, and a null in it is an empty string, as in Go. */
export function stringList(value: unknown, field: string): string[] {
  if (value === undefined || value === null) return noStrings
  if (!Array.isArray(value)) throw new ShapeError(field, 'a list', value)
  const wrong = value.findIndex((entry) => typeof entry !== 'string' && entry !== null)
  if (wrong >= 0) throw new ShapeError(`${field}[${wrong}]`, 'a string', value[wrong])
  return value.includes(null) ? value.map((entry: string | null) => entry ?? '') : (value as string[])
}

export function record(value: unknown, field: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShapeError(field, 'an object', value)
  return value as Raw
}

export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new ShapeError(field, 'a string', value)
  return value
}

/** A list whose entries are decoded one by one; null and absent are empty. */
export function items<T>(value: unknown, field: string, decode: (raw: Raw, field: string) => T): T[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new ShapeError(field, 'a list', value)
  return value.map((entry, index) => {
    const at = `${field}[${index}]`
    return decode(record(entry, at), at)
  })
}

function rule(raw: Raw, field: string): PolicyRule {
  return {
    verbs: listAt(raw, 'verbs', field),
    apiGroups: listAt(raw, 'apiGroups', field),
    resources: listAt(raw, 'resources', field),
    resourceNames: listAt(raw, 'resourceNames', field),
    nonResourceURLs: listAt(raw, 'nonResourceURLs', field),
  }
}

// Rules and subjects come by the hundred thousand: where a value stands is put into words only where it is wrong.
function listAt(raw: Raw, key: string, field: string): string[] {
  const value = raw[key]
  return isUnset(value) ? noStrings : isStrings(value) ? value : stringList(value, `${field}.${key}`)
}

function textAt(raw: Raw, key: string, field: string): string {
  const value = raw[key]
  return typeof value === 'string' ? value : text(value, `${field}.${key}`)
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function subject(raw: Raw, field: string): Subject {
  const kind = textAt(raw, 'kind', field)
  if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') {
    throw new ShapeError(`${field}.kind`, 'User, Group or ServiceAccount', kind)
  }
  const isAccount = kind === 'ServiceAccount' && !isUnset(raw['namespace'])
  const namespace = isAccount ? textAt(raw, 'namespace', field) : ''
  const name = textAt(raw, 'name', field)
  return namespace === '' ? { kind, name } : { kind, name, namespace }
}

/** A metav1.LabelSelector; throws ShapeError. */
export function selector(raw: Raw, field: string): LabelSelector {
  return {
    matchLabels: strings(raw['matchLabels'], `${field}.matchLabels`),
    matchExpressions: items(raw['matchExpressions'], `${field}.matchExpressions`, (expression, path) => ({
      key: text(expression['key'], `${path}.key`),
      operator: text(expression['operator'], `${path}.operator`),
      values: stringList(expression['values'], `${path}.values`),
    })),
  }
}

function identity(metadata: Raw): Identified {
  return {
    name: text(metadata['name'], 'metadata.name'),
    ...present('uid', optionalText(metadata['uid'], 'metadata.uid')),
    ...present('resourceVersion', optionalText(metadata['resourceVersion'], 'metadata.resourceVersion')),
  }
}

/** kubectl sends an object without a namespace to the namespace `default`. */
export function namespaceOf(metadata: Raw): string {
  return optionalText(metadata['namespace'], 'metadata.namespace') || 'default'
}

export function optionalText(value: unknown, field: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, field)
}

export function isUnset(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

/** A boolean; absent and null are false, as in Go. */
export function flag(value: unknown, field: string): boolean {
  if (isUnset(value)) return false
  if (typeof value !== 'boolean') throw new ShapeError(field, 'true or false', value)
  return value
}

/** Labels, or other strings by their keys. */
export function strings(value: unknown, field: string): Record<string, string> {
  if (value === undefined || value === null) return noLabels
  const entries = Object.entries(record(value, field))
  // `key:` without a value is an empty string, as the API server has it.
  return Object.fromEntries(entries.map(([key, entry]) => [key, text(entry ?? '', `${field}.${key}`)]))
}

function present<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value ? { [key]: value } : {}) as { [P in K]?: string }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  // Never the whole of it: aliases make a few hundred bytes of YAML into more than any memory holds.
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const shown = JSON.stringify(value) ?? typeof value
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown
}

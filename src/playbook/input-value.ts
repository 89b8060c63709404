import { isIP } from 'node:net'
import { runInNewContext } from 'node:vm'
import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import { parseSubject } from '../rbac/subject-text.ts'
import { withSuggestion } from '../schema/checked-yaml.ts'
import { workloadKinds } from './actions/values.ts'
import type { Input, InputType } from './model.ts'

/** An object as an answer names it; which one it is, the cluster says. */
export type Named = { kind: string; namespace?: string; name: string; uid?: string }

const kinds: Partial<Record<InputType, string>> = {
  namespace: 'Namespace',
  pod: 'Pod',
  node: 'Node',
  serviceaccount: 'ServiceAccount',
  secret: 'Secret',
}

/** Whether an input of this type is an object of the cluster. */
export function isObject(type: InputType): boolean {
  return type === 'workload' || kinds[type] !== undefined
}

/** How an answer to an input is written, in a few words. */
export function formOf({ type, values, pattern }: Input): string {
  if (type === 'enum') return (values ?? []).join(' | ')
  if (type === 'string') return pattern === undefined ? 'text' : `text that matches ${pattern}`
  return forms[type]
}

const forms: Record<Exclude<InputType, 'enum' | 'string'>, string> = {
  namespace: 'NAME',
  pod: '[NAMESPACE/]NAME',
  workload: '[NAMESPACE/]TYPE/NAME',
  node: 'NAME',
  serviceaccount: '[NAMESPACE/]NAME',
  subject: 'sa:NAMESPACE/NAME, user:NAME or group:NAME',
  secret: '[NAMESPACE/]NAME',
  'image-digest': 'sha256:… (64 hex digits)',
  cidr: 'ADDRESS/BITS',
  duration: '90s, 5m or 2h',
  bool: 'true | false',
}

/**
 * The value of an answer, by the type of its input: objects as they are named, the rest as it is. `namespace` is where an object without one lies.
 * Throws SecureError `usage` that says how it is written.
 */
export function valueOf(input: Input, value: Json, namespace?: string): Json | Named {
  const { type } = input
  if (isObject(type)) return namedOf(input, value, namespace)
  if (type === 'bool') {
    if (typeof value === 'boolean') return value
    throw wrong(input, value)
  }
  if (typeof value !== 'string' || value === '') throw wrong(input, value)
  if (type === 'enum' && !input.values?.includes(value))
    throw new SecureError('usage', withSuggestion(`"${value}" is none of them`, value, input.values ?? []))
  if (type === 'subject') parseSubject(value)
  const isRight =
    type === 'image-digest'
      ? /^sha256:[0-9a-f]{64}$/.test(value)
      : type === 'duration'
        ? /^[1-9][0-9]{0,4}[smh]$/.test(value)
        : type === 'cidr'
          ? isCidr(value)
          : type !== 'string' || input.pattern === undefined || matches(input.pattern, value)
  if (!isRight) throw wrong(input, value)
  return value
}

/** Whether a value is an object as answers name it, or as it was pinned. */
export function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value
}

function namedOf(input: Input, value: Json, namespace: string | undefined): Named {
  const given = typeof value === 'string' ? partsOf(input.type, value) : fieldsOf(input.type, value)
  if (!given) throw wrong(input, value)
  const { kind, name, uid } = given
  const isGlobal = kind === 'Namespace' || kind === 'Node'
  const space = given.namespace ?? namespace
  // An input of a namespace is of that one: an object elsewhere is not what is asked for.
  if (!isGlobal && namespace !== undefined && space !== namespace)
    throw new SecureError('usage', `it has to be in the namespace ${namespace}, not in ${space}`)
  return {
    kind,
    ...(!isGlobal && space !== undefined && { namespace: space }),
    name,
    ...(uid !== undefined && { uid }),
  }
}

function partsOf(type: InputType, text: string): Named | undefined {
  const parts = text.split('/')
  if (parts.some((part) => part === '')) return undefined
  const name = parts.pop() ?? ''
  const kind = type === 'workload' ? kindNamed(parts.pop()) : kinds[type]
  if (kind === undefined || parts.length > (kind === 'Namespace' || kind === 'Node' ? 0 : 1)) return undefined
  return { kind, name, ...(parts[0] !== undefined && { namespace: parts[0] }) }
}

function fieldsOf(type: InputType, value: Json): Named | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind: typed, namespace, name, uid, ...more } = value
  const kind = type === 'workload' ? kindNamed(typed) : (kinds[type] ?? '')
  const areTexts = [namespace, uid].every((one) => one === undefined || (typeof one === 'string' && one !== ''))
  if (kind === undefined || (typed !== undefined && kindNamed(typed, [kind]) === undefined)) return undefined
  if (typeof name !== 'string' || name === '' || !areTexts || Object.keys(more).length > 0) return undefined
  return {
    kind,
    name,
    ...(typeof namespace === 'string' && { namespace }),
    ...(typeof uid === 'string' && { uid }),
  }
}

// As kubectl takes them: deployment, Deployment, deployments.
function kindNamed(typed: Json | undefined, known: readonly string[] = workloadKinds): string | undefined {
  const word = typeof typed === 'string' ? typed.toLowerCase() : ''
  return known.find((kind) => [kind.toLowerCase(), `${kind.toLowerCase()}s`].includes(word))
}

const longestMatch = 250

// Whoever writes a playbook writes the pattern and may write the value, as a default: some never come to an end.
function matches(pattern: string, value: string): boolean {
  try {
    const around = { pattern: `^(?:${pattern})$`, value }
    return runInNewContext('new RegExp(pattern, "u").test(value)', around, { timeout: longestMatch }) === true
  } catch (error) {
    // Of another context: no instance of the RangeError here.
    const { code, name } = error as NodeJS.ErrnoException
    const isLong = code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    if (!isLong && name !== 'RangeError') throw error
    throw new SecureError(
      'usage',
      `it takes too ${isLong ? 'long' : 'much memory'} to look whether the text matches ${pattern}`,
    )
  }
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  const version = isIP(address)
  return more.length === 0 && version > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

function wrong(input: Input, value: Json): SecureError {
  return new SecureError('usage', `${JSON.stringify(value)} is no ${input.type}: write ${formOf(input)}`)
}

import { createHmac } from 'node:crypto'
import type { Json } from '../bundle/entry.ts'
import type { FieldChange, Step } from '../evidence/diff/report.ts'
import { isSecretKey } from '../redact/secret-key.ts'

// What tells of a secret by itself: a token, a key, a password in a URL or in the words of a command.
const secretText =
  /eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|:\/\/[^/\s:@]*:[^/\s@]+@|(?:pass(?:word|wd)?|secret|token|api-?key|authorization|bearer)["']?\s*[=:\s]\s*["']?[^\s"']/i

/**
 * A value in words, in which what looks like a secret is masked by a digest: the same value has the same one within a comparison. It is keyed, as
 * a password could be guessed by a plain one; who has the bundles (`key`) has the values.
 */
export function valueText(value: Json | undefined, path: readonly Step[], key: string, longest: number): string {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(masked(value, isSecretPath(path), key))
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}

function isSecretPath(path: readonly Step[]): boolean {
  const names = path.map((step) => (typeof step === 'string' ? step : String(step['name'] ?? '')))
  const isEnvValue = names.at(-1) === 'value' && (names.at(-3) === 'env' || names.at(-3) === 'httpHeaders')
  const isOfData = names[0] === 'data' || names[0] === 'stringData' || names[0] === 'binaryData'
  // A value from elsewhere (valueFrom.secretKeyRef) only has a name.
  return isEnvValue || isOfData || (isSecretKey(names.at(-1) ?? '') && !names.includes('valueFrom'))
}

function masked(value: Json, isSecret: boolean, key: string): Json {
  if (typeof value === 'string') return isSecret || secretText.test(value) ? mask(value, key) : value
  if (Array.isArray(value)) return value.map((item) => masked(item, isSecret, key))
  if (typeof value !== 'object' || value === null) return isSecret ? mask(JSON.stringify(value), key) : value
  const { name } = value
  const isEnv = typeof name === 'string' && Object.hasOwn(value, 'value')
  const fields = Object.entries(value).map(([field, one]) => {
    const isNamed = field !== 'name' && typeof one === 'string' && isSecretKey(field)
    return [field, masked(one, isSecret || isNamed || (isEnv && field === 'value'), key)]
  })
  return Object.fromEntries(fields) as Json
}

function mask(value: string, key: string): string {
  const digest = createHmac('sha256', key).update(value).digest('hex').slice(0, 12)
  return `‹${digest}, ${Buffer.byteLength(value)} bytes›`
}

/** A path as in JSONPath, with what names the items of lists in brackets: `spec.containers[app].image`. */
export function pathText(path: FieldChange['path']): string {
  let text = ''
  for (const step of path) {
    if (typeof step !== 'string') text += `[${Object.values(step).join(' ')}]`
    else if (!/^[\w-]+$/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

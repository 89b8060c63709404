import { namespaceOf, optionalText, record, selector, ShapeError, stringList, text } from '../snapshot/decode.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import { parseCidr, type Range } from './address.ts'
import type { PolicyRef } from './model.ts'
import { type Protocol, protocolNamed } from './traffic.ts'

export type Raw = Record<string, unknown>

export function refOf(raw: Raw, namespaced: boolean): PolicyRef {
  const metadata = record(raw['metadata'], 'metadata')
  const namespace = namespaceOf(metadata)
  const uid = optionalText(metadata['uid'], 'metadata.uid')
  return {
    apiVersion: optionalText(raw['apiVersion'], 'apiVersion') ?? '',
    kind: optionalText(raw['kind'], 'kind') ?? '',
    name: text(metadata['name'], 'metadata.name'),
    ...(namespaced ? { namespace } : {}),
    ...(uid ? { uid } : {}),
  }
}

export function optionalRecord(value: unknown, field: string): Raw | undefined {
  return value === undefined || value === null ? undefined : record(value, field)
}

export function optionalSelector(value: unknown, field: string): LabelSelector | undefined {
  return value === undefined || value === null ? undefined : knownSelector(record(value, field), field)
}

/** A LabelSelector whose operators are ones that the API server accepts; with others the object is none of its kind. */
export function knownSelector(raw: Raw, field: string): LabelSelector {
  const decoded = selector(raw, field)
  for (const [index, { operator, values }] of decoded.matchExpressions.entries()) {
    const listed = operator === 'In' || operator === 'NotIn'
    if (!listed && operator !== 'Exists' && operator !== 'DoesNotExist') {
      throw new ShapeError(
        `${field}.matchExpressions[${index}].operator`,
        'In, NotIn, Exists or DoesNotExist',
        operator,
      )
    }
    if (listed && values.length === 0) {
      throw new ShapeError(`${field}.matchExpressions[${index}].values`, 'a list with a value', values)
    }
  }
  return decoded
}

export function optionalBoolean(value: unknown, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw new ShapeError(field, 'true or false', value)
  return value
}

export function optionalNumber(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError(field, 'a number', value)
  return value
}

export function portNumber(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new ShapeError(field, 'a port number', value)
  }
  return value
}

/** A protocol as Kubernetes spells it; TCP where none is given. */
export function protocolOf(value: unknown, field: string): Protocol {
  const name = optionalText(value, field) || 'TCP'
  const protocol = protocolNamed(name)
  if (!protocol) throw new ShapeError(field, 'TCP, UDP or SCTP', name)
  return protocol
}

export function cidrOf(value: unknown, field: string, options: { orAddress?: boolean } = {}): Range {
  const range = parseCidr(text(value, field), options)
  if (!range) throw new ShapeError(field, 'a CIDR', value)
  return range
}

export function cidrsOf(value: unknown, field: string, options: { orAddress?: boolean } = {}): Range[] {
  return stringList(value, field).map((cidr, index) => cidrOf(cidr, `${field}[${index}]`, options))
}

/** A list of anything; null and absent are empty. */
export function listOf(value: unknown, field: string): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new ShapeError(field, 'a list', value)
  return value
}

import { SecureError } from '../errors.ts'
import type { Answer, Request } from './cluster.ts'
import { parse } from './encode.ts'
import { openProtobufList, protobufType, type Shape } from './protobuf.ts'
import { rbacShapes } from './rbac-shapes.ts'

/** One page of a list; its items are decoded as they are reached. */
export type Page = {
  items: Iterable<Record<string, unknown>>
  /** Where the next page starts; empty on the last. */
  token: string
  resourceVersion: string
  remaining: number | undefined
}

/** What objects are asked for as whose content must not come: Secrets. A server that cannot leave it out refuses (406). */
export const metadataList = 'PartialObjectMetadataList'

/**
 * What to ask for: protobuf where a shape says what is read of the kind, JSON else and from a server that has no protobuf; metadata alone for a
 * list of it.
 */
export function acceptFor(kind: string | undefined, shape = shapeOf(kind)): Record<string, string> {
  const as = kind === metadataList ? `;as=${metadataList};g=meta.k8s.io;v=v1` : ''
  const types = [...(shape ? [protobufType] : []), ...(shape || as !== '' ? ['application/json'] : [])]
  return types.length > 0 ? { accept: types.map((type) => `${type}${as}`).join(',') } : {}
}

function shapeOf(kind: string | undefined): Shape | undefined {
  return kind === undefined ? undefined : rbacShapes[kind]
}

/**
 * Opens the answer to a list request of objects of `kind` (any, where that is undefined); `shape` is the one it was asked with. Throws SecureError
 * `bad-answer`.
 */
export function openPage(request: Request, answer: Answer, kind: string | undefined, shape = shapeOf(kind)): Page {
  const isProtobuf = (answer.headers['content-type'] ?? '').startsWith(protobufType)
  if (!isProtobuf || !shape) return checked(parse(request, answer) as RawList | null, kind)
  const list = openProtobufList(answer.body, shape)
  // An empty message leaves its fields out; the items come from the generator.
  return { ...checked({ kind: list.kind, metadata: list.metadata, items: [] }, kind), items: list.items() }
}

type RawList = {
  kind?: unknown
  items?: unknown
  metadata?: { continue?: unknown; resourceVersion?: unknown; remainingItemCount?: unknown }
}

function checked(list: RawList | null, wanted: string | undefined): Page {
  const kind = list?.kind
  if (list === null || typeof kind !== 'string' || !kind.endsWith('List')) throw bad('the answer is not a list')
  // An empty list of something else must not pass for "there are none".
  if (wanted !== undefined && kind !== wanted) throw bad(`the answer is not a ${wanted}, but a ${kind.slice(0, 100)}`)
  const items = list.items === null ? [] : list.items
  if (!Array.isArray(items) || items.some((item) => item === null || typeof item !== 'object')) {
    throw bad('the answer has no list of objects')
  }
  const { continue: token, resourceVersion, remainingItemCount } = list.metadata ?? {}
  return {
    items: items as Record<string, unknown>[],
    token: typeof token === 'string' ? token : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    remaining: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
  }
}

function bad(message: string): SecureError {
  return new SecureError('bad-answer', message)
}

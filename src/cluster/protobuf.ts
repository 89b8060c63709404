import { SecureError } from '../errors.ts'
import { textOf } from './repeated-text.ts'

/**
 * Kubernetes' protobuf encoding, as far as reading goes. A shape names the fields of a message that are wanted, by their
 * numbers in the API's generated.proto; all others are skipped without being looked at (managedFields are half of most
 * objects). Reading a list this way costs the API server and us about half of what JSON does (docs/benchmarks.md).
 */
export type Shape = { [field: number]: Field }
type Field = {
  name: string
  many?: true
  /** Its fields are those of the message that it is in, as JSON has embedded structs. */
  inline?: true
  of: 'string' | 'int' | 'bool' | 'map' | Shape
}

type Message = Record<string, unknown>

/** A list's kind, its ListMeta, and its items, each decoded when it is reached. */
export type ProtobufList = { kind: string; metadata: Message; items: () => Generator<Message> }

export const protobufType = 'application/vnd.kubernetes.protobuf'

/**
 * Opens the answer to a list request. Throws SecureError `bad-answer` where it is not what it claims to be.
 * Rules: the envelope of apimachinery's runtime/serializer/protobuf (`k8s\0`, then runtime.Unknown), and protobuf's encoding.
 */
export function openProtobufList(body: Buffer, item: Shape): ProtobufList {
  const { kind, content, message } = openEnvelope(body, listHead)
  return { kind, metadata: (message['metadata'] ?? {}) as Message, items: () => itemsOf(content, item) }
}

/** The message of a Status, which is how a server that was asked for protobuf refuses; undefined for any other body. */
export function protobufStatus(body: Buffer): string | undefined {
  try {
    return (openEnvelope(body, { 3: { name: 'message', of: 'string' } }).message as { message?: string }).message
  } catch {
    return undefined
  }
}

function openEnvelope(body: Buffer, shape: Shape): { kind: string; content: Buffer; message: Message } {
  if (body.toString('latin1', 0, 4) !== 'k8s\0') throw broken()
  const { type, raw } = decode(new Reader(body, 4), envelope) as { type?: { kind?: string }; raw?: Buffer }
  const content = raw ?? Buffer.alloc(0)
  return { kind: type?.kind ?? '', content, message: decode(new Reader(content, 0), shape) }
}

const envelope: Shape = {
  1: { name: 'type', of: { 1: { name: 'apiVersion', of: 'string' }, 2: { name: 'kind', of: 'string' } } },
}
const listHead: Shape = {
  1: {
    name: 'metadata',
    of: {
      2: { name: 'resourceVersion', of: 'string' },
      3: { name: 'continue', of: 'string' },
      4: { name: 'remainingItemCount', of: 'int' },
    },
  },
}

function* itemsOf(content: Buffer, shape: Shape): Generator<Message> {
  const reader = new Reader(content, 0)
  while (reader.at < content.length) {
    const key = reader.varint()
    if (key === itemKey) yield decode(reader, shape, reader.endOfField())
    else reader.skip(key & 7)
  }
}

// Field 2, length-delimited: `items` in every list.
const itemKey = (2 << 3) | 2

/** The message from where a reader is up to an end, which it is at then. */
function decode(reader: Reader, shape: Shape, end = reader.body.length): Message {
  const message: Message = {}
  while (reader.at < end) {
    const key = reader.varint()
    const wire = key & 7
    const field = shape[key >>> 3]
    // The raw content of the envelope is kept as it is.
    if (shape === envelope && key === itemKey) message['raw'] = reader.bytes()
    else if (!field) reader.skip(wire)
    else if (wire !== (field.of === 'int' || field.of === 'bool' ? 0 : 2)) throw broken()
    else if (field.many) {
      const list = message[field.name] as unknown[] | undefined
      const value = valueOf(reader, field.of)
      if (list) list.push(value)
      else message[field.name] = [value]
    } else if (field.of === 'map') addEntry(message, field.name, reader)
    else if (field.inline) Object.assign(message, valueOf(reader, field.of))
    else message[field.name] = valueOf(reader, field.of)
  }
  if (reader.at > end) throw broken()
  return message
}

function valueOf(reader: Reader, kind: Field['of']): unknown {
  if (kind === 'string') return reader.string()
  if (kind === 'bool') return reader.varint() !== 0
  return kind === 'int' ? reader.varint() : decode(reader, kind as Shape, reader.endOfField())
}

const entryShape: Shape = { 1: { name: 'key', of: 'string' }, 2: { name: 'value', of: 'string' } }

function addEntry(message: Message, name: string, reader: Reader): void {
  const { key, value } = decode(reader, entryShape, reader.endOfField()) as { key?: string; value?: string }
  // Without a prototype, as from JSON.parse: a label may be called __proto__.
  const map = (message[name] ??= Object.create(null)) as Record<string, string>
  map[key ?? ''] = value ?? ''
}

class Reader {
  readonly body: Buffer
  at: number

  constructor(body: Buffer, at: number) {
    this.body = body
    this.at = at
  }

  /** An unsigned number; exact up to 2^53. */
  varint(): number {
    // Most are small.
    const first = this.body[this.at] ?? 128
    if (first < 128) {
      this.at += 1
      return first
    }
    let value = 0
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      if (this.at >= this.body.length) throw broken()
      const byte = this.body[this.at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw broken()
  }

  string(): string {
    const end = this.endOfField()
    const at = this.at
    this.at = end
    return textOf(this.body, at, end)
  }

  bytes(): Buffer {
    const end = this.endOfField()
    const at = this.at
    this.at = end
    return this.body.subarray(at, end)
  }

  /** Where the length-delimited field ends whose length stands here; its content comes next. */
  endOfField(): number {
    const length = this.varint()
    const end = this.at + length
    if (end > this.body.length) throw broken()
    return end
  }

  skip(wire: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.at += 8
    else if (wire === 2) this.at = this.endOfField()
    else if (wire === 5) this.at += 4
    else throw broken()
    if (this.at > this.body.length) throw broken()
  }
}

function broken(): SecureError {
  return new SecureError('bad-answer', 'the answer is broken protobuf')
}

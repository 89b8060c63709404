import { createGunzip } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { charClass } from './chars.ts'
import { lexJson, Places } from './json-lexer.ts'
import { type Finding, LeftOut, look, masked, type Redactor } from './redactor.ts'
import { redactStream, usualWindow } from './stream.ts'

/** How the bytes of an artefact are read: told by where it lies and by how it begins. */
export type Form = 'json' | 'text' | 'gzip'

// zip, bzip2, xz, zstd, lz4, 7z, rar
const packers = ['PK\x03\x04', 'BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd', '\x04\x22\x4d\x18', '7z\xbc\xaf', 'Rar!']
// Answers of API servers and kubelets are JSON whatever is in them; all else may be anything.
const jsonRooms = new Set(['raw', 'api-server', 'scene'])

/** Throws LeftOut for what cannot be looked into. */
export function formOf(path: readonly string[], start: Buffer): Form {
  const head = start.toString('latin1', 0, 8)
  if (head.startsWith('\x1f\x8b')) return 'gzip'
  if (packers.some((magic) => head.startsWith(magic)))
    throw new LeftOut('it is packed in a way that is not unpacked here')
  if (/^(?:\x7fELF|SQLite )/.test(head)) throw new LeftOut('it is not text')
  if (/^(?:\xff\xfe|\xfe\xff)/.test(head)) throw new LeftOut('it is text in UTF-16')
  return jsonRooms.has(path[0] ?? '') && /^\s*[[{]/.test(head) ? 'json' : 'text'
}

/** The bytes of an artefact, redacted; those of gzip come unpacked. Throws LeftOut. */
export async function* redactContent(
  source: AsyncIterable<Buffer>,
  path: readonly string[],
  redactor: Redactor,
  facts: { onFinding(finding: Finding): void; onForm(form: Form): void },
): AsyncGenerator<Buffer> {
  const { start, all, close } = await peek(source)
  try {
    const form = formOf(path, start)
    facts.onForm(form)
    if (form === 'json') yield await redactJson(all, redactor, facts.onFinding)
    else yield* redactStream(asText(form === 'gzip' ? unpackedOnce(all) : all), redactor, facts.onFinding)
  } finally {
    await close()
  }
}

async function* unpackedOnce(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { start, all, close } = await peek(gunzipped(packed))
  try {
    if (formOf([], start) === 'gzip') throw new LeftOut('it is packed twice')
    yield* all
  } finally {
    await close()
  }
}

async function redactJson(
  source: AsyncIterable<Buffer>,
  redactor: Redactor,
  onFinding: (finding: Finding) => void,
): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of asText(source)) {
    parts.push(part)
    length += part.length
    if (length > usualWindow.most) throw new LeftOut(`it is JSON of more than ${usualWindow.most} bytes`)
  }
  const text = Buffer.concat(parts).toString('latin1')
  const output = masked(text, look(text, redactor.reading).spans, redactor, 0, onFinding)
  if (isJson(text) && !isJson(output)) throw new LeftOut('what is left of it is no JSON')
  return Buffer.from(output, 'latin1')
}

function isJson(text: string): boolean {
  const nothing = () => {}
  const ignore = { open: nothing, close: nothing, key: nothing, string: nothing, literal: nothing }
  const start = text.search(/\S/)
  const { state, end } = lexJson(text, start, ignore, new Places(text))
  return state === 'whole' && text.slice(end).trim() === ''
}

// In text there are few control characters, but for those that move a cursor and the NULs of a disk that lost power; of random bytes they are a tenth.
const page = 4096
const fewest = 512
const maxControls = 0.06

async function* asText(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let from = 0; from + fewest <= chunk.length; from += page) {
      const end = Math.min(from + page, chunk.length)
      let controls = 0
      for (let at = from; at < end; at++) if (isControl[chunk[at] ?? 0] === 1) controls++
      if (controls > (end - from) * maxControls) throw new LeftOut('it is not text')
    }
    yield chunk
  }
}

const isControl = charClass('\x01-\x07\x0e-\x1a\x1c-\x1f')

function gunzipped(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const engine = createGunzip()
  const failed: { error?: unknown } = {}
  // What ends the source is of the bundle; what ends the engine is of the artefact.
  async function* watched() {
    try {
      yield* source
    } catch (error) {
      failed.error = error
      throw error
    }
  }
  pipeline(Readable.from(watched(), { objectMode: false }), engine, () => {})
  return (async function* () {
    try {
      yield* engine as AsyncIterable<Buffer>
    } catch (error) {
      if (failed.error !== undefined) throw failed.error
      throw new LeftOut(`its gzip is damaged: ${(error as Error).message}`)
    }
  })()
}

type Peeked = { start: Buffer; all: AsyncIterable<Buffer>; close(): Promise<void> }

async function peek(source: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let length = 0
  let isEnd = false
  while (length < 16 && !isEnd) {
    const next = await iterator.next()
    if (next.done === true) isEnd = true
    else {
      first.push(next.value)
      length += next.value.length
    }
  }
  async function* all() {
    yield* first
    if (!isEnd)
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  // A file that nobody reads any more is closed.
  const close = async () => void (await iterator.return?.())
  return { start: Buffer.concat(first), all: all(), close }
}

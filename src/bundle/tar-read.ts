import { ByteReader } from './byte-reader.ts'
import { Damage } from './damage.ts'

export type TarEntry = {
  name: string
  /** `0` a file, `5` a directory; any other is a link, a device or what else the type letter says. */
  type: string
  size: number
  /** In seconds since 1970. */
  mtime: number
  /** The blocks before the content, as they are. */
  header: Buffer
  /** Once, and before the next entry is asked for. */
  content(): AsyncGenerator<Buffer>
}

const block = 512
// PATH_MAX is 4096; nothing else in these headers concerns us.
const maxExtended = 64 * 1024
const maxChunk = 1024 * 1024

/**
 * Reads a tar archive (ustar, PAX, GNU long names) without writing anything. Throws {@link Damage} where it cannot be read on. Content that is
 * not asked for is passed over. tar-stream's reader would hold an extended header of any size in memory and let pass what follows the end.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source)
  let before: Buffer[] = []
  let extended: { path?: string; size?: string; mtime?: string } = {}
  for (;;) {
    const header = await input.take(block)
    if (!header) throw new Damage('truncated', 'the archive ends without the blocks that end it')
    if (header.every((byte) => byte === 0)) break
    if (sumOf(header) !== octal(header, 148, 8))
      throw new Damage('tar', 'what should be a header in the archive is none')
    const type = String.fromCharCode(header[156] || 0x30)
    const size = number(header, 124, 12)
    if (/[xgLK]/.test(type)) {
      if (size > maxExtended) throw new Damage('too-large', `an extended header in the archive is of ${size} bytes`)
      const body = await padded(input, size)
      before.push(header, body)
      if (before.length > 16)
        throw new Damage('too-large', 'there are more extended headers before a file than it can need')
      const text = body.subarray(0, size)
      if (type === 'x') Object.assign(extended, pax(text))
      if (type === 'L') extended.path = text.toString('utf8').replace(/\0.*$/s, '')
      continue
    }
    const entrySize = extended.size === undefined ? size : Number(extended.size)
    if (!Number.isSafeInteger(entrySize) || entrySize < 0)
      throw new Damage('tar', 'a header in the archive has no usable size')
    let left = entrySize
    async function* content() {
      while (left > 0) {
        const part = await input.some(Math.min(left, maxChunk))
        if (!part) throw new Damage('truncated', 'the archive ends within a file')
        left -= part.length
        yield part
      }
    }
    const mtime = extended.mtime === undefined ? number(header, 136, 12) : Number(extended.mtime)
    const name = extended.path ?? nameOf(header)
    yield { name, type, size: entrySize, mtime, header: Buffer.concat([...before, header]), content }
    for await (const _ of content());
    await padding(input, entrySize)
    before = []
    extended = {}
  }
  await theEnd(input)
}

async function padded(input: ByteReader, size: number): Promise<Buffer> {
  const body = await input.take(Math.ceil(size / block) * block)
  if (!body) throw new Damage('truncated', 'the archive ends within a header')
  return body
}

async function padding(input: ByteReader, size: number): Promise<void> {
  const rest = await input.take((block - (size % block)) % block)
  if (!rest) throw new Damage('truncated', 'the archive ends within a file')
  if (rest.some((byte) => byte !== 0))
    throw new Damage('tar', 'something is hidden between the end of a file and the next header')
}

// Two blocks of zeros; then tar may fill a record with more of them.
async function theEnd(input: ByteReader): Promise<void> {
  const second = await input.take(block)
  if (!second) throw new Damage('truncated', 'the archive ends without the blocks that end it')
  for (let part: Buffer | undefined = second; part; part = await input.some(maxChunk)) {
    if (part.some((byte) => byte !== 0)) throw new Damage('trailing', 'something follows the last file in the archive')
  }
}

function nameOf(header: Buffer): string {
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isPosix ? text(header, 345, 155) : ''
  const name = text(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

function pax(body: Buffer): { path?: string; size?: string; mtime?: string } {
  const found: Record<string, string> = {}
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at)
    const length = Number(body.toString('latin1', at, space))
    const record = body.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > body.length || equals < 0) {
      throw new Damage('tar', 'an extended header in the archive cannot be read')
    }
    found[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  const { path, size, mtime } = found as { path?: string; size?: string; mtime?: string }
  return {
    ...(path !== undefined && { path }),
    ...(size !== undefined && { size }),
    ...(mtime !== undefined && { mtime }),
  }
}

// Above what octal digits can hold GNU tar and tar-stream write big-endian bytes after a set first bit.
function number(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) === 0) return octal(header, start, length)
  return header.subarray(start + 1, start + length).reduce((sum, byte) => sum * 256 + byte, 0)
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim()
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

function sumOf(header: Buffer): number {
  // The checksum itself counts as spaces.
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

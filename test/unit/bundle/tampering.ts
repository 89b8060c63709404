import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { extract, type Header, pack } from 'tar-stream'
import { gzip } from '../../../src/bundle/gzip.ts'

export type Entry = { header: Header; body: Buffer }

/** The entries of an archive, by another reader than ours. */
export async function unpacked(file: string): Promise<Entry[]> {
  const reader = extract()
  reader.end(gunzipSync(readFileSync(file)))
  const entries: Entry[] = []
  for await (const entry of reader) {
    const parts: Buffer[] = []
    for await (const part of entry) parts.push(part as Buffer)
    entries.push({ header: entry.header, body: Buffer.concat(parts) })
  }
  return entries
}

/** Writes entries as an archive, whatever they are. */
export async function repacked(entries: Entry[], file: string, more = Buffer.alloc(0)): Promise<void> {
  const packing = pack()
  const bytes = buffer(packing)
  for (const { header, body } of entries) {
    const { name, mode, mtime, type, linkname, uid } = header
    packing.entry({ name, mode: mode ?? 0o600, mtime: mtime ?? new Date(0), type, linkname, uid }, body)
  }
  packing.finalize()
  await rezipped(Buffer.concat([await bytes, more]), file)
}

export async function rezipped(tar: Buffer, file: string): Promise<void> {
  const source = async function* () {
    yield tar
  }
  const parts: Buffer[] = []
  for await (const part of gzip(source())) parts.push(part)
  writeFileSync(file, Buffer.concat(parts))
}

import { once } from 'node:events'
import { pack } from 'tar-stream'

export type TarFile = {
  name: string
  size: number
  mtime: Date
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

const headerOf = ({ name, size, mtime }: Omit<TarFile, 'content'>) => {
  return { name, size, mtime, mode: 0o600, uid: 0, gid: 0, type: 'file' as const }
}

/** A tar archive of files: the same files make the same bytes. A name that ustar has no room for is written as PAX. */
export async function* tar(files: AsyncIterable<TarFile> | Iterable<TarFile>): AsyncGenerator<Buffer> {
  const packing = pack()
  const feed = (async () => {
    for await (const file of files) {
      const entry = packing.entry(headerOf(file))
      const done = new Promise<void>((resolve, reject) => {
        entry.once('error', reject)
        entry.once('close', resolve)
      })
      done.catch(() => {})
      for await (const chunk of file.content()) {
        if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), done])
        // Nobody reads any more.
        if (entry.destroyed) break
      }
      entry.end(undefined)
      await done
    }
    packing.finalize()
  })()
  feed.catch((error: unknown) => packing.destroy(error as Error))
  for await (const chunk of packing as AsyncIterable<Buffer>) yield chunk
  await feed
}

/** The blocks that stand before a file in such an archive. */
export async function tarHeader(file: Omit<TarFile, 'content'>): Promise<Buffer> {
  const packing = pack()
  const parts: Buffer[] = []
  packing.on('data', (part) => void parts.push(part as Buffer))
  const entry = packing.entry(headerOf(file))
  entry.once('error', () => {})
  await new Promise((resolve) => setImmediate(resolve))
  packing.destroy()
  return Buffer.concat(parts)
}

import { pack } from 'tar-stream'

export type TarFile = {
  name: string
  size: number
  mtime: Date
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

const blockSize = 512
const zeros = Buffer.alloc(2 * blockSize)

/** A tar archive of files: the same files make the same bytes. A name that ustar has no room for is written as PAX. Throws where a file is not as long as it says. */
export async function* tar(files: AsyncIterable<TarFile> | Iterable<TarFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    yield await tarHeader(file)
    let left = file.size
    for await (const chunk of file.content()) {
      left -= chunk.length
      yield chunk
    }
    if (left !== 0) throw new Error(`${file.name} has not the ${file.size} bytes that it says`)
    yield zeros.subarray(0, (blockSize - (file.size % blockSize)) % blockSize)
  }
  yield zeros
}

/** The blocks that stand before a file in such an archive. */
export async function tarHeader(file: Omit<TarFile, 'content'>): Promise<Buffer> {
  const packing = pack()
  const parts: Buffer[] = []
  packing.on('data', (part) => void parts.push(part as Buffer))
  const { name, size, mtime } = file
  const entry = packing.entry({ name, size, mtime, mode: 0o600, uid: 0, gid: 0, type: 'file' })
  entry.once('error', () => {})
  await new Promise((resolve) => setImmediate(resolve))
  packing.destroy()
  return Buffer.concat(parts)
}

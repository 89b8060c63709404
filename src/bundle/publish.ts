import { constants } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explained, openFile, syncDirectory, writeDurably } from '../durable/storage.ts'
import { writeStream } from './write-stream.ts'

/** Writes a stream to a file, replacing what an earlier try has left; its SHA-256. What fails leaves no file. */
export async function writeTemporary(path: string, source: AsyncIterable<Uint8Array>): Promise<string> {
  const handle = await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
  try {
    const written = await writeStream(path, handle.fd, source)
    if ('failure' in written) throw written.failure
    return written.sha256
  } catch (error) {
    await unlink(path).catch(() => {})
    throw error
  } finally {
    await handle.close()
  }
}

/** Writes a small file: it is there whole or not at all. */
export async function publish(path: string, text: string): Promise<void> {
  const temporary = `${path}.sealing`
  await explained(`cannot write ${path}`, async () => {
    const handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
      0o600,
    )
    try {
      await writeDurably(handle, Buffer.from(text))
    } finally {
      await handle.close()
    }
  })
  await put(temporary, path)
}

/** Gives a file its name, over what had it. */
export async function put(temporary: string, path: string): Promise<void> {
  await explained(`cannot rename ${temporary}`, async () => {
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  })
}

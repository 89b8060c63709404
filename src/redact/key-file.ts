import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explained, openFile, syncDirectory, writeDurably } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'

const size = 32

/**
 * The key of pseudonyms in a file: 32 random bytes, made (0600) where there is no file. Whoever has it can tell whether a value that they
 * guess stands behind a pseudonym. Throws SecureError: it is no key, or others may read it.
 */
export async function pseudonymKey(path: string): Promise<{ key: KeyObject; id: string; isNew: boolean }> {
  const isNew = !existsSync(path)
  if (isNew) await make(path)
  const handle = await openFile(path, constants.O_RDONLY)
  try {
    const { mode, size: length } = await handle.stat()
    if ((mode & 0o077) !== 0)
      throw new SecureError('usage', `others may read the key ${path} (mode ${(mode & 0o777).toString(8)})`, {
        hint: `chmod 600 it, if nobody has; else name another file, which is made.`,
      })
    const bytes = Buffer.alloc(size)
    const { bytesRead } = await handle.read(bytes, 0, size, 0)
    if (length !== size || bytesRead !== size)
      throw new SecureError('usage', `${path} is not a key of pseudonyms: it has ${length} bytes, and not ${size}`)
    return { key: createSecretKey(bytes), id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), isNew }
  } finally {
    await handle.close()
  }
}

async function make(path: string): Promise<void> {
  await explained(`cannot make the key ${path}`, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      await writeDurably(handle, randomBytes(size))
    } finally {
      await handle.close()
    }
    await syncDirectory(dirname(path))
  })
}

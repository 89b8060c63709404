import { randomBytes, randomInt } from 'node:crypto'
import { readdir, readlink, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'
import { hasEnded, ownIdentity, type ProcessIdentity } from './process.ts'
import { explained } from './storage.ts'

export type Lock = { release(): Promise<void> }

type Holder = ProcessIdentity & { since: string }
type Held = { path: string; holder?: Holder }

const maxTries = 20

/**
 * Takes the lock of a plan, or of what else has an id in a directory (`what` says so). Throws SecureError `journal` that names the living process that has it; that of a
 * process that ended is removed.
 *
 * Everybody puts down a lock under a name of their own and then looks for those of others: of two, at least one sees the other
 * and steps back. So a lock that was left behind can be removed by its name, and never a new one in its place by mistake.
 * It is a symbolic link to nowhere, which is there with its text or not at all.
 */
export async function takeLock(directory: string, id: string, now: Date, what = `plan ${id}`): Promise<Lock> {
  const holder: Holder = { ...ownIdentity(), since: now.toISOString() }
  const path = join(directory, `${id}.${randomBytes(6).toString('hex')}.lock`)
  return await explained(`cannot lock ${what} in ${directory}`, async () => {
    for (let tries = 0; ; tries++) {
      const before = (await othersThan(path, directory, id))[0]
      if (before) throw isHeld(what, before)
      await symlink(JSON.stringify(holder), path)
      const other = (await othersThan(path, directory, id))[0]
      if (!other) return { release: () => explained(`cannot remove ${path}`, () => removeIfThere(path)) }
      await removeIfThere(path)
      if (tries === maxTries) throw isHeld(what, other)
      await sleep(randomInt(5, 50))
    }
  })
}

/** Whose the lock of a plan is now, in words; undefined where nobody works on it. Changes nothing. */
export async function lockHolder(directory: string, id: string): Promise<string | undefined> {
  const held = (await locksIn(directory, id)).find(({ holder }) => !holder || !hasEnded(holder))
  return held && inWords(held)
}

async function othersThan(own: string, directory: string, id: string): Promise<Held[]> {
  const living: Held[] = []
  for (const held of await locksIn(directory, id)) {
    if (held.path === own) continue
    if (held.holder && hasEnded(held.holder)) await removeIfThere(held.path)
    else living.push(held)
  }
  return living
}

async function locksIn(directory: string, id: string): Promise<Held[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${id}.`) && name.endsWith('.lock'))
  const locks = await Promise.all(names.map((name) => readLock(join(directory, name))))
  return locks.filter((held) => held !== undefined)
}

async function readLock(path: string): Promise<Held | undefined> {
  try {
    const holder = JSON.parse(await readlink(path)) as Partial<Holder> | null
    const { pid, host, since } = holder ?? {}
    // Number 0 and those below it are groups of processes.
    if (!Number.isSafeInteger(pid) || Number(pid) < 1 || typeof host !== 'string' || typeof since !== 'string') {
      return { path }
    }
    return { path, holder: holder as Holder }
  } catch (error) {
    // Gone meanwhile; anything else that cannot be read is somebody's.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { path }
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function isHeld(what: string, held: Held): SecureError {
  return new SecureError('journal', `${what} is being worked on by ${inWords(held)}`, {
    hint: `Wait until that has ended, or end it yourself. Only if it surely runs no more, remove ${held.path}.`,
  })
}

function inWords({ path, holder }: Held): string {
  if (!holder) return `whoever made ${path}`
  return `process ${holder.pid} on ${holder.host} since ${holder.since}`
}

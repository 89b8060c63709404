import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { seal, type Sealed } from '../bundle/seal.ts'
import type { Engine } from '../change/engine.ts'
import { newPlanId } from '../change/id.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { SecureError } from '../errors.ts'
import { collect } from '../evidence/collect.ts'
import type { CollectReport, CollectRequest } from '../evidence/request.ts'
import { tallyText } from '../evidence/tally.ts'
import { note } from '../terminal/messages.ts'
import { startProgress } from '../terminal/progress.ts'
import { evidenceAround } from './evidence-around.ts'
import { keyText } from './evidence-flags.ts'

export type SealWords = { sign?: string | undefined; 'encrypt-to'?: string[] | undefined }

/** A new case: its name sorts by time, and is the bag's too. */
export function newCaseId(now = new Date()): string {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).split('T')
  return `evidence-${day.replaceAll('-', '')}-${time.replaceAll(':', '')}-${newPlanId().slice(0, 4)}`
}

/** Collects, with its progress on standard error. Throws SecureError, as {@link collect}. */
export async function collectEvidence(
  cluster: Cluster,
  request: CollectRequest | undefined,
  directory: string,
  command: string[],
  engine?: Engine,
): Promise<CollectReport> {
  const id = newCaseId()
  const place = directory === '' ? resolve(id) : resolve(directory)
  const progress = startProgress('collecting evidence')
  let redraw: NodeJS.Timeout | undefined
  let isOver = false
  const onInterrupt = () => {
    isOver = true
    note('interrupted: what is there is sealed; Ctrl-C again stops at once')
  }
  process.once('SIGINT', onInterrupt)
  try {
    return await collect(cluster, {
      ...evidenceAround(directory === '' ? id : caseName(place), command),
      directory: place,
      request,
      engine,
      isOver: () => isOver,
      onBegin: (tally) => {
        redraw = setInterval(() => progress.update(tallyText(tally)), 200)
      },
    })
  } finally {
    process.off('SIGINT', onInterrupt)
    clearInterval(redraw)
    progress.stop()
  }
}

/** Seals a case beside its directory; a second time under another name. Throws SecureError, as {@link seal}. */
export async function sealCase(directory: string, words: SealWords): Promise<Sealed> {
  const options = {
    encryptTo: words['encrypt-to'],
    sign: words.sign === undefined ? undefined : await keyText(words.sign),
  }
  const progress = startProgress('sealing')
  try {
    for (let count = 1; ; count++) {
      const out = `${directory}${count === 1 ? '' : `-${count}`}.tar.gz`
      if (!existsSync(out) && !existsSync(`${out}.age`)) return await seal(directory, out, options)
    }
  } finally {
    progress.stop()
  }
}

/** Refuses keys that cannot be used before anything is collected with them. Throws SecureError `usage`. */
export async function checkSealWords(words: SealWords): Promise<void> {
  if (words.sign !== undefined) {
    const { readKey } = await import('../bundle/sign.ts')
    readKey(await keyText(words.sign), 'private')
  }
  if (words['encrypt-to']?.length) {
    const { encrypt } = await import('../bundle/age.ts')
    async function* nothing() {}
    for await (const _ of encrypt(nothing(), words['encrypt-to'])) break
  }
}

function caseName(directory: string): string {
  const name = basename(directory)
  if (name === '') throw new SecureError('usage', `${directory} is no place for a new directory`)
  return name
}

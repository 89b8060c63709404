import * as Flags from '@oclif/core/flags'
import { readFile } from 'node:fs/promises'
import { SecureError } from '../errors.ts'

/** To read what was encrypted with age. */
export const identityFlag = {
  identity: Flags.string({
    description: 'a file with the age identity (AGE-SECRET-KEY-1…) that the bundle was encrypted to',
    helpValue: 'FILE',
  }),
}

/** How a bundle is sealed. */
export const sealFlags = {
  'encrypt-to': Flags.string({
    description: 'encrypt the sealed bundle to this age recipient (age1…); may be given several times',
    helpValue: 'RECIPIENT',
    multiple: true,
    multipleNonGreedy: true,
  }),
  sign: Flags.string({ description: 'a file with an Ed25519 private key (PEM) to sign it with', helpValue: 'KEY' }),
}

/** The text of a file with a key. Throws SecureError `usage`. */
export async function keyText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new SecureError('usage', `cannot read the key ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** The identity in a file as age-keygen writes it: comments, and one line. */
export async function identityText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  const line = (await keyText(path)).split('\n').find((one) => one.startsWith('AGE-SECRET-KEY-'))
  if (line === undefined) throw new SecureError('usage', `${path} has no age identity (AGE-SECRET-KEY-1…)`)
  return line.trim()
}

const units: Record<string, number> = { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }

/** A number of bytes such as 1048576 or 256Mi. Throws SecureError `usage`. */
export function parseBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})(Ki|Mi|Gi)?$/.exec(text) ?? []
  const bytes = Number(digits) * (units[unit] ?? Number.NaN)
  if (digits === undefined || !Number.isSafeInteger(bytes) || bytes < 1)
    throw new SecureError('usage', `${JSON.stringify(text)} is not a number of bytes`, { hint: 'Such as 64Mi or 1Gi.' })
  return bytes
}

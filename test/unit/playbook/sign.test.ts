import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readTrustedKeys, trustedKeysFolder, trustOf } from '../../../src/playbook/sign.ts'

const pair = generateKeyPairSync('ed25519')
const keys = [{ file: 'ours.pem', key: pair.publicKey }]
const home = () => {
  const around = { env: {}, home: mkdtempSync(join(tmpdir(), 'keys-')) }
  mkdirSync(trustedKeysFolder(around), { recursive: true })
  return around
}

it('a signature by a trusted key is taken, and by no other', () => {
  const bytes = Buffer.from('steps: []\n')
  expect(trustOf(bytes, sign(null, bytes, pair.privateKey), keys)).toMatchObject({
    by: 'signature',
    keyFile: 'ours.pem',
  })
  const other = generateKeyPairSync('ed25519').privateKey
  expect(trustOf(bytes, sign(null, bytes, other), keys)).toMatchObject({ by: 'nobody' })
  expect(trustOf(bytes, sign(null, bytes, pair.privateKey), [])).toMatchObject({ by: 'nobody' })
  expect(trustOf(bytes, undefined, keys)).toEqual({ by: 'nobody', why: 'it is not signed' })
})

it('any change of the bytes or of the signature ends the trust', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.nat(),
      fc.nat(7),
      fc.boolean(),
      (data, at, bit, ofBytes) => {
        const bytes = Buffer.from(data)
        const signature = sign(null, bytes, pair.privateKey)
        const changed = ofBytes ? bytes : signature
        const place = at % changed.length
        changed[place] = (changed[place] ?? 0) ^ (1 << bit)
        expect(trustOf(bytes, signature, keys).by).toBe('nobody')
      },
    ),
  )
})

it('any bytes as a signature are refused, and never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 130 }), (signature) => {
      expect(trustOf(Buffer.from('x'), Buffer.from(signature), keys).by).toBe('nobody')
    }),
  )
})

it('openssl signs as docs/playbooks.md says', async () => {
  const around = home()
  const at = (name: string) => join(around.home, name)
  writeFileSync(at('p.yaml'), 'steps: []\n')
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: around.home, stdio: 'pipe' })
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'key.pem')
  openssl('pkey', '-in', 'key.pem', '-pubout', '-out', join(trustedKeysFolder(around), 'team.pem'))
  openssl('pkeyutl', '-sign', '-inkey', 'key.pem', '-rawin', '-in', 'p.yaml', '-out', 'p.yaml.sig')
  const trusted = await readTrustedKeys(around)
  expect(trustOf(readFileSync(at('p.yaml')), readFileSync(at('p.yaml.sig')), trusted).by).toBe('signature')
})

it('a file among the keys that is none is an error that names it; other files are left alone', async () => {
  const around = home()
  const folder = trustedKeysFolder(around)
  writeFileSync(join(folder, 'README'), 'ours')
  expect(await readTrustedKeys(around)).toEqual([])
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(folder, 'rsa.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  await expect(readTrustedKeys(around)).rejects.toThrow('rsa.pem: that is not a public Ed25519 key')
  expect(await readTrustedKeys({ env: {}, home: '/nonexistent' })).toEqual([])
})

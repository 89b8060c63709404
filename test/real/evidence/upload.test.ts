import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCase } from '../../../src/bundle/case.ts'
import type { CaseHead } from '../../../src/bundle/entry.ts'
import { seal, type SealOptions } from '../../../src/bundle/seal.ts'
import { type Cargo, cargoOf } from '../../../src/ship/cargo.ts'
import { parseDestination } from '../../../src/ship/destination.ts'
import { openStore } from '../../../src/ship/store.ts'
import { upload } from '../../../src/ship/upload.ts'
import { describeWithMinio } from '../../cluster/minio.ts'
import { head } from '../../unit/bundle/cases.ts'
import { scratch } from './collecting.ts'
import { faultyStore, type StoreFault } from './faulty-store.ts'

const mib = 1024 * 1024
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const redaction = {
  parent: { case: 'case-0', sha256: null, journalHead: 'x' },
  profile: 'standard',
  tool: { name: 'kubectl-secure', version: '0' },
}
const recipient = await identityToRecipient(await generateX25519Identity())

/** A sealed bundle with so many bytes that do not pack. */
async function sealed(bytes: number, options: SealOptions = {}, more: Partial<CaseHead> = {}): Promise<string> {
  const directory = join(scratch(), 'case')
  const made = await createCase(directory, { ...head, ...more } as CaseHead)
  await made.artefact(['noise'], {}, randomBytes(bytes))
  await made.close()
  return (await seal(directory, `${directory}.tar.gz`, options)).file
}
const encrypted = (bytes: number, more: SealOptions = {}) => sealed(bytes, { encryptTo: [recipient], ...more })

describeWithMinio('upload to a real object storage', (minio) => {
  const bucket = 'evidence'
  const env = (name: string, value: string | undefined) =>
    value === undefined ? delete process.env[name] : (process.env[name] = value)
  const before = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'))
  const signIn = (secret = minio().credentials.secretAccessKey) => {
    env('AWS_ACCESS_KEY_ID', minio().credentials.accessKeyId)
    env('AWS_SECRET_ACCESS_KEY', secret)
    env('AWS_EC2_METADATA_DISABLED', 'true')
  }

  beforeAll(async () => {
    signIn()
    await minio().client.send(new CreateBucketCommand({ Bucket: bucket }))
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await minio().client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
  })
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) env(name, undefined)
    for (const [name, value] of before) env(name, value)
  })

  type Way = { endpoint?: string; onProgress?: (sent: number) => void; signal?: AbortSignal }
  const uploaded = async (cargo: Cargo, to: string, way: Way = {}) => {
    const client = await openStore({ endpoint: way.endpoint ?? minio().endpoint })
    const { signal = new AbortController().signal, onProgress = () => {} } = way
    const place = parseDestination(to, cargo.file)
    return await upload(cargo, place, { client, signal, onProgress }).finally(() => client.destroy())
  }
  const through = async (script: (method: string, url: string, n: number) => StoreFault | undefined) =>
    await faultyStore(minio().port, script)
  const digestAt = async (key: string) => {
    const { Body } = await minio().client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return digestOf(Buffer.from((await Body?.transformToByteArray()) ?? []))
  }
  const versions = async (prefix: string) => {
    const found = await minio().client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }))
    return (found.Versions ?? []).map(({ Key }) => Key)
  }
  // MinIO lists those of one key alone.
  const halves = async (key: string) =>
    (await minio().client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }))).Uploads ?? []

  test.each([
    ['in one piece', 1000],
    ['in parts', 20 * mib],
  ])('%s: all that was sealed arrives as it was, and a second time nothing is sent', async (name, size) => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const file = await encrypted(size, { sign: key })
    const cargo = await cargoOf(file)
    const to = `s3://${bucket}/${name}/`
    const report = await uploaded(cargo, to)
    const envelope = file.replace('.tar.gz.age', '.dsse.json')
    expect(report.objects.map((one) => one.key)).toEqual(
      ['case.tar.gz.age', 'case.tar.gz.age.sha256', 'case.dsse.json'].map((one) => `${name}/${one}`),
    )
    expect(report).toMatchObject({ isConfirmed: true })
    expect(await digestAt(`${name}/case.tar.gz.age`)).toBe(digestOf(readFileSync(file)))
    expect(await digestAt(`${name}/case.tar.gz.age.sha256`)).toBe(digestOf(readFileSync(`${file}.sha256`)))
    expect(await digestAt(`${name}/case.dsse.json`)).toBe(digestOf(readFileSync(envelope)))
    for (const { versionId, etag, wasThere } of report.objects)
      expect({ versionId, etag, wasThere }).toMatchObject({
        versionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        etag: expect.stringMatching(/^"/),
        wasThere: false,
      })
    const again = await uploaded(cargo, to)
    expect(again.objects).toEqual(report.objects.map((one) => ({ ...one, wasThere: true })))
    expect(await versions(`${name}/`)).toHaveLength(3)
  })

  test('a redacted derivative may leave as it is', async () => {
    const file = await sealed(1000, {}, { redaction })
    const { objects } = await uploaded(await cargoOf(file), `s3://${bucket}/derivative.tar.gz`)
    expect(objects.map(({ key }) => key)).toEqual(['derivative.tar.gz', 'derivative.tar.gz.sha256'])
  })

  describe('what does not leave', () => {
    test.each([
      ['originals', async () => await sealed(10), 'usage'],
      ['a case that is not sealed', async () => (await sealed(10)).replace('.tar.gz', ''), 'usage'],
      ['no bundle', async () => written('hello'), 'usage'],
      ['what is encrypted, and nothing tells whether it is whole', async () => without(await encrypted(10)), 'usage'],
      ['what is encrypted and was changed', async () => longer(await encrypted(10)), 'journal'],
      ['a derivative that was changed', async () => longer(await sealed(10, {}, { redaction })), 'journal'],
    ])('%s', async (_, make, code) => {
      await expect(cargoOf(await make())).rejects.toMatchObject({ code })
    })
    const written = (text: string) => {
      const file = join(scratch(), 'file')
      writeFileSync(file, text)
      return file
    }
    const without = (file: string) => {
      rmSync(`${file}.sha256`)
      return file
    }
    const longer = (file: string) => {
      appendFileSync(file, 'x')
      return file
    }
  })

  test('another object is never overwritten, whenever it appears', async () => {
    const put = async (key: string) =>
      void (await minio().client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'theirs' })))
    for (const size of [10, 20 * mib]) {
      const cargo = await cargoOf(await encrypted(size))
      await put(`before-${size}`)
      const taken = { code: 'already-exists', message: expect.stringContaining(`s3://${bucket}/`) }
      await expect(uploaded(cargo, `s3://${bucket}/before-${size}`)).rejects.toMatchObject(taken)
      expect(await versions(`before-${size}`)).toEqual([`before-${size}`])
    }
    const cargo = await cargoOf(await encrypted(20 * mib))
    let isPut: Promise<void> | undefined
    const { endpoint } = await through((_, url) => {
      if (url.includes('partNumber=1')) isPut ??= put('meanwhile')
      return undefined
    })
    await expect(uploaded(cargo, `s3://${bucket}/meanwhile`, { endpoint })).rejects.toMatchObject({
      code: 'already-exists',
    })
    await isPut
    expect(await digestAt('meanwhile')).toBe(digestOf(Buffer.from('theirs')))
    expect(await versions('meanwhile')).toEqual(['meanwhile'])
    expect(await halves('meanwhile')).toEqual([])
  })

  test('what the server refuses is said with bucket, key, its code and what to do', async () => {
    const cargo = await cargoOf(await encrypted(10))
    const refused = async (to: string, code: string, words: string) =>
      await expect(uploaded(cargo, to)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(new RegExp(`upload ${to}: .*${words}`)),
        hint: expect.stringMatching(/.{20}/),
      })
    await refused('s3://nowhere/x', 'not-found', '404 NoSuchBucket: ')
    signIn('wrong-secret')
    await refused(`s3://${bucket}/x`, 'unauthorized', '403 SignatureDoesNotMatch: ')
    env('AWS_ACCESS_KEY_ID', 'nobody')
    await refused(`s3://${bucket}/x`, 'unauthorized', '403 InvalidAccessKeyId: ')
    env('AWS_ACCESS_KEY_ID', undefined)
    env('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent')
    env('AWS_CONFIG_FILE', '/nonexistent')
    await refused(`s3://${bucket}/x`, 'unauthorized', 'CredentialsProviderError: ')
    signIn()
    expect(await versions('x')).toEqual([])
  })

  test('a connection that is cut in a part is no end', async () => {
    const file = await encrypted(30 * mib)
    const { endpoint, seen } = await through((method, url, n) =>
      method === 'PUT' && url.includes('partNumber=') && n % 2 === 1 && n < 6 ? { cutAfter: 3 * mib } : undefined,
    )
    const report = await uploaded(await cargoOf(file), `s3://${bucket}/cut/`, { endpoint })
    expect(seen.filter((one) => one.endsWith('partNumber')).length).toBeGreaterThanOrEqual(7)
    expect(report.isConfirmed).toBe(true)
    expect(await digestAt('cut/case.tar.gz.age')).toBe(digestOf(readFileSync(file)))
  })

  test('where parts are always cut nothing half stays', async () => {
    const { endpoint } = await through((_, url) => (url.includes('partNumber=2') ? { cutAfter: 3 * mib } : undefined))
    await expect(
      uploaded(await cargoOf(await encrypted(30 * mib)), `s3://${bucket}/half/`, { endpoint }),
    ).rejects.toMatchObject({ code: 'unreachable' })
    expect(await halves('half/case.tar.gz.age')).toEqual([])
    expect(await versions('half/')).toEqual([])
  })

  test('parts that cannot be taken back are named', async () => {
    const { endpoint } = await through((method, url) => {
      if (url.includes('partNumber=2') || method === 'DELETE') return { answer: 403, code: 'AccessDenied' }
      return undefined
    })
    const [to, cargo] = [`s3://${bucket}/left/`, await cargoOf(await encrypted(20 * mib))]
    const failed = await uploaded(cargo, to, { endpoint }).catch((error: Error) => error)
    const [left] = await halves('left/case.tar.gz.age')
    expect(failed).toMatchObject({ code: 'forbidden', message: expect.stringContaining(left?.UploadId ?? 'none') })
    expect(failed).toMatchObject({ message: expect.stringContaining('could not be taken back') })
  })

  test('interrupted, it takes back what is half there', async () => {
    const stop = new AbortController()
    const cargo = await cargoOf(await encrypted(60 * mib))
    await expect(
      uploaded(cargo, `s3://${bucket}/stopped/`, { signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toMatchObject({ code: 'interrupted' })
    expect(await halves('stopped/case.tar.gz.age')).toEqual([])
    expect(await versions('stopped')).toEqual([])
  })

  test.each([
    ['the one piece', 10, (method: string, url: string) => method === 'PUT' && url.includes('.age?')],
    ['the last of the parts', 20 * mib, (method: string) => method === 'POST'],
  ])('an answer that is lost, to %s: what is there is seen to be ours', async (name, size, isIt) => {
    const { endpoint } = await through((method, url, n) =>
      isIt(method, url) && (url.includes('uploadId') || method === 'PUT') && n === 1 ? { loseAnswer: true } : undefined,
    )
    const report = await uploaded(await cargoOf(await encrypted(size)), `s3://${bucket}/lost ${name}/`, { endpoint })
    expect(report.isConfirmed).toBe(true)
    expect(await versions(`lost ${name}/`)).toHaveLength(2)
  })

  test('a file that changes while it is sent never becomes an object', async () => {
    for (const size of [10, 20 * mib]) {
      const cargo = await cargoOf(await encrypted(size))
      const other = { ...cargo, sha256: 'f'.repeat(64) }
      await expect(uploaded(other, `s3://${bucket}/changed/`)).rejects.toMatchObject({ code: 'journal' })
    }
    expect(await versions('changed/')).toEqual([])
    expect(await halves('changed/case.tar.gz.age')).toEqual([])
  })

  test('a server without conditions is sent to where nothing was, and nowhere else', async () => {
    let conditions = 0
    const { endpoint } = await through((method, _, n) => {
      if (method !== 'PUT' || n !== 1) return undefined
      conditions++
      return { answer: 501, code: 'NotImplemented' }
    })
    const { objects } = await uploaded(await cargoOf(await encrypted(10)), `s3://${bucket}/old/`, { endpoint })
    expect([objects.length, conditions]).toEqual([2, 2])
  })
  test('a server that has other bytes is found out, and one that does not tell is not taken at its word', async () => {
    const cargo = await cargoOf(await encrypted(10))
    const lying = await through((method) => (method === 'PUT' ? { checksum: 'A'.repeat(43) } : undefined))
    await expect(uploaded(cargo, `s3://${bucket}/lying/`, { endpoint: lying.endpoint })).rejects.toMatchObject({
      code: 'bad-answer',
    })
    const silent = await through(() => ({ checksum: undefined }))
    const report = await uploaded(cargo, `s3://${bucket}/silent/`, { endpoint: silent.endpoint })
    expect(report).toMatchObject({ isConfirmed: false, objects: [{ wasThere: false }, { wasThere: false }] })
  })
})

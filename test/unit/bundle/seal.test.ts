import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, verify as verifyBytes } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { contentOf, freshDirectory, head, kindsOf, now, smallCase } from './cases.ts'
import { repacked, unpacked } from './tampering.ts'

const pair = generateKeyPairSync('ed25519')
const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

async function sealedCase(options = {}) {
  const base = freshDirectory()
  await smallCase(join(base, 'case'))
  return { base, out: join(base, 'x.tar.gz'), ...(await seal(join(base, 'case'), join(base, 'x.tar.gz'), options)) }
}

test('the same case is sealed into the same bytes, whenever and wherever', async () => {
  const one = await sealedCase()
  const other = await sealedCase()
  const again = await seal(join(one.base, 'case'), join(one.base, 'again.tar.gz'))
  expect([other.digest, again.digest]).toEqual([one.digest, one.digest])
  expect(readFileSync(one.file).equals(readFileSync(other.file))).toBe(true)
  expect(readFileSync(`${one.file}.sha256`, 'utf8')).toBe(`${one.digest}  x.tar.gz\n`)
  expect(readdirSync(one.base).filter((name) => name.includes('sealing'))).toEqual([])
})

test('it is a bag with a directory of its own, and reads back as the case', async () => {
  const { base, file, journalHead, manifestDigest } = await sealedCase()
  const entries = await unpacked(file)
  const tags = [
    'bagit.txt',
    'bag-info.txt',
    'custody/journal.jsonl',
    'custody/case.json',
    'custody/clock.json',
    'manifest-sha256.txt',
    'tagmanifest-sha256.txt',
  ]
  expect(entries.map(({ header }) => header.name).slice(0, tags.length)).toEqual(tags.map((name) => `case-1/${name}`))
  for (const { header } of entries)
    expect(header).toMatchObject({ mode: 0o600, uid: 0, gid: 0, mtime: new Date(head.created), type: 'file' })
  expect(entries[1]?.body.toString()).toContain('Payload-Oxum: 59.5\n')
  const sealed = await readBundle(file)
  const working = await readBundle(join(base, 'case'))
  expect(await contentOf(sealed)).toEqual(await contentOf(working))
  expect([...sealed.kept]).toEqual([...working.kept])
  expect(sealed.journalHead).toBe(journalHead)
  expect(await verify(file)).toMatchObject({
    form: 'bundle',
    isIntact: true,
    problems: [],
    manifestDigest,
    journalHead,
    signature: { state: 'none' },
  })
})

test('one artefact is read without the others, and one that was changed is not passed off as whole', async () => {
  const { file } = await sealedCase()
  const bundle = await readBundle(file)
  const found: string[] = []
  for await (const artefact of bundle.artefacts(({ path }) => path?.[0] === 'raw')) found.push(artefact.file)
  expect(found).toEqual(['data/raw/core/v1/pods/shop/1.json'])
  const bytes = readFileSync(file)
  truncateSync(file, Math.floor(bytes.length * 0.9))
  await expect(readBundle(file).then(contentOf)).rejects.toMatchObject({ code: 'journal' })
})

test('what questions need comes before what may be of any size', async () => {
  const base = freshDirectory()
  const made = await createCase(join(base, 'case'), head, now)
  for (const room of ['audit', 'logs', 'volatile', 'raw', 'nodes', 'api-server', 'raw-meat'])
    for (const name of ['b', 'a']) await made.artefact([room, name], {}, Buffer.from(room))
  await made.close()
  const { file } = await seal(join(base, 'case'), join(base, 'x.tar.gz'))
  const { stdout } = spawnSync('tar', ['tzf', file], { encoding: 'utf8' })
  const data = stdout.split('\n').flatMap((line) => line.split('/data/')[1] ?? [])
  const order = ['api-server', 'raw', 'audit', 'logs', 'nodes', 'raw-meat', 'volatile']
  expect(data).toEqual(order.flatMap((room) => [`${room}/a`, `${room}/b`]))
  expect((await verify(file)).problems).toEqual([])
})

test('arbitrary content in arbitrary paths comes back', async () => {
  const path = fc.array(fc.string({ unit: 'binary', maxLength: 130 }), { minLength: 2, maxLength: 2 })
  const content = fc.uint8Array({ maxLength: 2000 })
  const base = freshDirectory()
  let count = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.record({ path, content, meta: fc.dictionary(fc.string(), fc.string()) }), {
        maxLength: 6,
        selector: ({ path: of }) => JSON.stringify(of),
      }),
      async (artefacts) => {
        const dir = join(base, String(count++))
        const made = await createCase(dir, head, now)
        for (const one of artefacts) await made.artefact(one.path, { ...one.meta }, chunked(one.content))
        await made.close()
        const { file } = await seal(dir, `${dir}.tar.gz`)
        expect(await verify(file)).toMatchObject({ isIntact: true })
        const read: { path: string[] | undefined; meta: object; content: Uint8Array }[] = []
        for await (const { path: of, meta, content: body } of (await readBundle(file)).artefacts()) {
          const parts: Buffer[] = []
          for await (const part of body()) parts.push(part)
          read.push({ path: of, meta, content: new Uint8Array(Buffer.concat(parts)) })
        }
        const inOrder = (all: typeof read) =>
          all.toSorted((a, b) => (JSON.stringify(a.path) < JSON.stringify(b.path) ? -1 : 1))
        expect(inOrder(read)).toEqual(inOrder(artefacts.map((one) => ({ ...one, meta: { ...one.meta } }))))
      },
    ),
    { numRuns: 40 },
  )
})

async function* chunked(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 700) yield content.slice(at, at + 700)
}

test('a signature is what DSSE and in-toto say, over the manifest and the archive', async () => {
  const { out, base, digest, manifestDigest, envelope, journalHead } = await sealedCase({ sign: privateKey })
  expect(envelope).toBe(join(base, 'x.dsse.json'))
  const { payloadType, payload, signatures } = JSON.parse(readFileSync(join(base, 'x.dsse.json'), 'utf8')) as {
    payloadType: string
    payload: string
    signatures: { sig: string }[]
  }
  const body = Buffer.from(payload, 'base64')
  const signedBytes = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${body.length} `), body])
  expect(payloadType.length).toBe(28)
  expect(verifyBytes(null, signedBytes, pair.publicKey, Buffer.from(signatures[0]?.sig ?? '', 'base64'))).toBe(true)
  expect(JSON.parse(body.toString())).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'case-1/tagmanifest-sha256.txt', digest: { sha256: manifestDigest } },
      { name: 'x.tar.gz', digest: { sha256: digest } },
    ],
    predicate: { journalHead },
  })
  expect((await verify(out, { publicKey })).signature).toMatchObject({ state: 'valid' })
  expect((await verify(out)).signature).toMatchObject({ state: 'unchecked' })
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
  expect(kindsOf(await verify(out, { publicKey: other }))).toEqual(['signature'])
  rmSync(join(base, 'x.dsse.json'))
  expect(kindsOf(await verify(out, { publicKey }))).toEqual(['signature'])
  await expect(verify(out, { publicKey: 'no key' })).rejects.toMatchObject({ code: 'usage' })
})

test('an envelope of another bundle is told, whoever signed it', async () => {
  const one = await sealedCase({ sign: privateKey })
  const base = freshDirectory()
  const made = await createCase(join(base, 'case'), head, now)
  await made.close()
  const { file } = await seal(join(base, 'case'), join(base, 'x.tar.gz'))
  const envelope = readFileSync(join(one.base, 'x.dsse.json'), 'utf8')
  expect(kindsOf(await verify(file, { publicKey, envelope }))).toEqual([
    'signature tagmanifest-sha256.txt',
    'signature',
  ])
  expect(kindsOf(await verify(file, { envelope }))).toEqual(['signature tagmanifest-sha256.txt', 'signature'])
  expect(kindsOf(await verify(file, { envelope: '{}' }))).toEqual(['signature'])
})

test('encrypted, it is read with an identity alone; the plain archive is never on the disk', async () => {
  const identity = await generateX25519Identity()
  const { base, out, file } = await sealedCase({ sign: privateKey, encryptTo: [await identityToRecipient(identity)] })
  expect(file).toBe(`${out}.age`)
  expect(readdirSync(base).toSorted()).toEqual(['case', 'x.dsse.json', 'x.tar.gz.age', 'x.tar.gz.age.sha256'])
  expect(await verify(file, { identity, publicKey })).toMatchObject({ isIntact: true, signature: { state: 'valid' } })
  expect(await contentOf(await readBundle(file, { identity }))).toEqual(
    await contentOf(await readBundle(join(base, 'case'))),
  )
  await expect(verify(file)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('encrypted') })
  const bytes = readFileSync(file)
  const damaged = join(base, 'damaged.tar.gz.age')
  for (const at of [400, bytes.length - 1]) {
    writeFileSync(damaged, bytes.with(at, (bytes[at] ?? 0) ^ 1))
    expect(kindsOf(await verify(damaged, { identity }))).toContainEqual(expect.stringContaining('archive'))
  }
  await expect(verify(file, { identity: await generateX25519Identity() })).rejects.toMatchObject({ code: 'usage' })
  await expect(seal(join(base, 'case'), join(base, 'y.tar.gz'), { encryptTo: ['age1nonsense'] })).rejects.toMatchObject(
    { code: 'usage' },
  )
})

test('a case that was changed is not sealed; once it is resumed, the rest is', async () => {
  const base = freshDirectory()
  const dir = join(base, 'case')
  await smallCase(dir)
  writeFileSync(join(dir, 'data/logs/shop/api_1/app/current.log'), 'half and less')
  const out = join(base, 'x.tar.gz')
  await expect(seal(dir, out)).rejects.toMatchObject({
    code: 'journal',
    message: expect.stringContaining('current.log is not as it was written'),
  })
  expect(existsSync(out)).toBe(false)
  await (await openCase(dir, now)).close()
  const { file } = await seal(dir, out)
  expect(await verify(file)).toMatchObject({ isIntact: true, counts: { lost: 1, cut: 2 } })
  await expect(seal(dir, out)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('there already'),
  })
  appendFileSync(join(dir, 'custody/journal.jsonl'), '{"torn')
  const torn = await seal(dir, join(base, 'y.tar.gz'))
  expect(await verify(torn.file)).toMatchObject({ isIntact: true, counts: { resume: 2 } })
})

test('a journal that ends early, at the end of a line, is not read: answers from it would lack what was recorded last', async () => {
  const { base, file } = await sealedCase()
  const entries = await unpacked(file)
  const journal = entries.find(({ header }) => header.name.endsWith('custody/journal.jsonl'))
  if (!journal) throw new Error('no journal')
  const lines = journal.body.toString().split('\n')
  journal.body = Buffer.from(`${lines.slice(0, -2).join('\n')}\n`)
  journal.header.size = journal.body.length
  const cut = join(base, 'cut.tar.gz')
  await repacked(entries, cut)
  await expect(readBundle(cut)).rejects.toMatchObject({
    message: expect.stringContaining('does not end as it did when it was sealed'),
  })
})

import { createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createCase } from '../../../src/bundle/case.ts'
import { type Bundle, readBundle } from '../../../src/bundle/read.ts'
import { isRedacted } from '../../../src/bundle/redacted.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { pseudonymKey } from '../../../src/redact/key-file.ts'
import { redactBundle } from '../../../src/redact/redact-bundle.ts'
import { secondEngine } from '../../../src/redact/second-engine.ts'
import { contentOf, freshDirectory, head, now } from '../bundle/cases.ts'

const secret = 'Hunter2-Zq7-canary'
const list = { resourceVersion: '1', run: 1, page: 1, last: true }
const pods = JSON.stringify({
  kind: 'PodList',
  apiVersion: 'v1',
  items: [
    { metadata: { name: 'a', uid: 9 }, spec: { containers: [{ env: [{ name: 'DB_PASSWORD', value: secret }] }] } },
  ],
}).replace('"uid":9', '"uid":9007199254740993')

/** A case with a secret in everything that a case has. */
async function guilty(dir: string): Promise<void> {
  const made = await createCase(dir, { ...head, command: ['evidence', '--token', secret] }, now)
  await made.artefact(
    ['raw', '_core', 'v1', 'pods', '_cluster', '0001.json'],
    { path: '/api/v1/pods?limit=500', list },
    Buffer.from(pods),
  )
  await made.artefact(
    ['logs', 'shop', 'api_1', 'app', 'current.log'],
    { note: `password=${secret}` },
    Buffer.from(`before\npassword=${secret}\nafter \xff\n`, 'latin1'),
  )
  await made.artefact(['logs', 'shop', `password=${secret}`, 'app', 'current.log'], {}, Buffer.from('plain\n'))
  const event = JSON.stringify({
    kind: 'Event',
    requestURI: `/exec?command=${encodeURIComponent(`--token=${secret}`)}`,
  })
  await made.artefact(
    ['audit', '1-log', 'audit.log.gz'],
    {},
    Buffer.concat([gzipSync(`${event}\n`), gzipSync(`${event}\n`)]),
  )
  await made.artefact(['audit', '1-log', 'twice.gz'], {}, gzipSync(gzipSync(event)))
  await made.artefact(['audit', '1-log', 'cut.gz'], {}, gzipSync(randomBytes(5000).toString('hex')).subarray(0, 900))
  await made.artefact(['audit', '1-log', 'binary'], {}, randomBytes(2000))
  await made.artefact(['audit', '1-log', 'wide'], {}, Buffer.from(`\ufeffpassword=${secret}`, 'utf16le'))
  const reset = async function* () {
    yield Buffer.from(`half of it, password=${secret} and`)
    throw new Error(`reset by password=${secret}`)
  }
  await made.artefact(['logs', 'shop', 'api_1', 'app', 'previous.log'], {}, reset()).catch(() => {})
  made.request({
    method: 'GET',
    path: `/x?token=${secret}`,
    sha256: 'a'.repeat(64),
    file: 'data/logs/shop/api_1/app/current.log',
  })
  await made.gap({ what: 'x', why: `password: ${secret}`, hides: 'y' })
  await made.alteration({ what: `--token=${secret}` })
  await made.note('done', { key: 'k', why: `token=${secret}` })
  await made.document('clock', { skew: 0.5, token: secret })
  await made.close()
}

async function redact(parent: string, dir: string, more: Partial<Parameters<typeof redactBundle>[1]> = {}) {
  const bundle = await readBundle(parent)
  const key = createSecretKey(Buffer.alloc(32, 3))
  const tool = { name: 'kubectl-secure', version: '0' }
  const report = await redactBundle(bundle, {
    directory: dir,
    profile: 'secrets',
    key,
    keyId: 'k',
    sha256: null,
    tool,
    ...more,
  })
  await seal(dir, `${dir}.tar.gz`)
  return { report, bundle: await readBundle(`${dir}.tar.gz`) }
}

async function rowsOf(bundle: Bundle) {
  const rows = []
  for await (const row of bundle.entries('request', 'gap', 'alteration', 'note')) rows.push(row)
  return rows
}

describe('a derivative', () => {
  test('has nothing of a secret in any part of it, and is whole', async () => {
    const base = freshDirectory()
    await guilty(join(base, 'case'))
    const { report, bundle } = await redact(join(base, 'case'), join(base, 'out'))
    const archive = gunzipSync(readFileSync(join(base, 'out.tar.gz'))).toString('latin1')
    expect(archive).not.toContain(secret)
    expect(archive).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20))
    expect(await verify(join(base, 'out.tar.gz'))).toMatchObject({ isIntact: true, form: 'bundle' })
    const parent = await readBundle(join(base, 'case'))
    expect(bundle.head).toMatchObject({
      id: 'case-1-redacted',
      created: head.created,
      redaction: { parent: { case: 'case-1', sha256: null, journalHead: parent.journalHead }, profile: 'secrets' },
    })
    expect([isRedacted(parent.head), isRedacted(bundle.head)]).toEqual([false, true])
    expect(report.leftOut.map(({ file }) => file)).toEqual(
      ['binary', 'cut.gz', 'twice.gz', 'wide'].map((name) => `data/audit/1-log/${name}`),
    )
    expect(report).toMatchObject({ complete: false, unpacked: [{ as: 'data/audit/1-log/audit.log.gz.unpacked' }] })
    expect(JSON.stringify(report)).not.toContain(secret)
    expect(bundle.document('redaction')).toEqual(JSON.parse(JSON.stringify(report)))
  })

  test('keeps all else byte by byte: numbers, bytes that are no text, what was cut and why, and when', async () => {
    const base = freshDirectory()
    await guilty(join(base, 'case'))
    const { bundle } = await redact(join(base, 'case'), join(base, 'out'))
    const [before, after] = [await contentOf(await readBundle(join(base, 'case'))), await contentOf(bundle)]
    const file = 'data/raw/_core/v1/pods/_cluster/0001.json'
    const masked = (text = '') =>
      text.replaceAll(/‹secret:[0-9A-F]{16}›|\xe2\x80\xb9secret:[0-9A-F]{16}\xe2\x80\xba/g, secret)
    for (const [name, text] of Object.entries(after))
      if (before[name] !== undefined) expect(masked(text)).toBe(before[name])
    expect(after[file]).toContain('9007199254740993')
    const cut = [...bundle.kept.values()].find((kept) => kept.cut !== undefined)
    expect(cut?.cut).toMatch(/^reset by password=‹secret:/)
    const [first] = await rowsOf(bundle)
    expect(first).toMatchObject({
      type: 'request',
      at: now().toISOString(),
      request: { file: 'data/logs/shop/api_1/app/current.log' },
    })
    expect(first).not.toHaveProperty('request.sha256')
  })

  test('of a derivative changes nothing but its head', async () => {
    const base = freshDirectory()
    await guilty(join(base, 'case'))
    const { bundle: once } = await redact(join(base, 'case'), join(base, 'once'))
    const { bundle: twice, report } = await redact(join(base, 'once.tar.gz'), join(base, 'twice'))
    expect(report).toMatchObject({ findings: 0, complete: true })
    expect(await contentOf(twice)).toEqual(await contentOf(once))
    const what = async (bundle: Bundle) => (await rowsOf(bundle)).map((row) => ({ ...row, seq: 0, prev: '', hash: '' }))
    expect(await what(twice)).toEqual(await what(once))
    expect(twice.document('redaction-1')).toEqual(once.document('redaction'))
    expect(twice.head['redaction']).toMatchObject({ parent: { case: once.head.id, journalHead: once.journalHead } })
  })

  test('has the secrets of the cluster nowhere, and says where they were', async () => {
    const base = freshDirectory()
    const made = await createCase(join(base, 'case'), head, now)
    const value = 'plain looking "value" 77'
    const b64 = (text: string) => Buffer.from(text).toString('base64')
    const forms = [
      value,
      JSON.stringify({ a: value }),
      b64(value),
      b64(`x${value}`),
      b64(`xy${value} more`),
      Buffer.from(value).toString('base64url'),
      encodeURIComponent(value),
      Buffer.from(value).toString('hex'),
      JSON.stringify(JSON.stringify(value)),
    ]
    for (const [at, form] of forms.entries())
      await made.artefact(['logs', String(at)], {}, Buffer.from(`it is ${form} there\n`))
    await made.artefact(['logs', 'none'], {}, Buffer.from('nothing\n'))
    await made.close()
    const values = [{ namespace: 'shop', name: 'db', key: 'p', value }]
    const live = { values, secrets: 1, notSearched: [], refused: [] }
    const { report, bundle } = await redact(join(base, 'case'), join(base, 'out'), { live })
    for (const text of Object.values(await contentOf(bundle)))
      for (const part of [
        'looking',
        b64(value).slice(8, 20),
        b64(`x${value}`).slice(8, 20),
        b64(`xy${value}`).slice(8, 20),
        '706c61696e20',
      ])
        expect(text).not.toContain(part)
    expect(report.live?.found).toEqual([
      { namespace: 'shop', name: 'db', key: 'p', files: forms.map((_, at) => `data/logs/${at}`) },
    ])
    const tokens = report.files.flatMap(({ at }) => at.map(({ token }) => token))
    expect(new Set(tokens.slice(0, 2)).size).toBe(1)
  })

  test('leaves out what the other engine still takes for a secret', async () => {
    const engine = await secondEngine()
    const scanner = engine.scanner()
    scanner.add(Buffer.from('a\n# secretlint-disable\n'))
    scanner.add(Buffer.from(`ghp_${'a1B2'.repeat(9)} postgres://u:‹secret:0123456789ABCDEF›@h/x\n`))
    scanner.add(Buffer.from(Buffer.from(`it is ghp_${'c1B2'.repeat(9)}`).toString('base64')))
    expect(scanner.leaks().map(({ rule }) => rule)).toEqual(['github', 'github'])
    const none = engine.scanner()
    none.add(Buffer.from('postgres://u:‹secret:0123456789ABCDEF›@h/x account 123456789012\n'))
    expect(none.leaks()).toEqual([])
  })

  test('is not made of what was changed', async () => {
    const base = freshDirectory()
    await guilty(join(base, 'case'))
    writeFileSync(join(base, 'case/data/logs/shop/api_1/app/current.log'), 'other')
    await expect(redact(join(base, 'case'), join(base, 'out'))).rejects.toMatchObject({ code: 'journal' })
  })
})

test('a head says whether it is of a derivative', () => {
  expect(isRedacted({ ...head, redaction: {} })).toBe(false)
  expect(isRedacted({ ...head, redaction: { parent: null, profile: 'x', tool: { name: 'x' } } })).toBe(false)
})

test('the key is made once, for its owner alone; others are refused', async () => {
  const base = freshDirectory()
  const path = join(base, 'state/key')
  const { id, isNew } = await pseudonymKey(path)
  expect(isNew).toBe(true)
  expect(statSync(path)).toMatchObject({ size: 32 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await pseudonymKey(path)).toMatchObject({ id, isNew: false })
  writeFileSync(join(base, 'short'), 'abc', { mode: 0o600 })
  await expect(pseudonymKey(join(base, 'short'))).rejects.toMatchObject({ code: 'usage' })
  writeFileSync(join(base, 'open'), randomBytes(32), { mode: 0o644 })
  await expect(pseudonymKey(join(base, 'open'))).rejects.toMatchObject({ code: 'usage' })
})

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { rawEvent, readAll, said } from './samples.ts'

const line = JSON.stringify(rawEvent({ requestObject: { data: { 'grün "\\': ['\u0007', 1, null, true] } } }))

test('a line that was cut anywhere gives only fields that are whole, and says it was cut', async () => {
  const whole = (await readAll(line)).events[0] as unknown as Record<string, unknown>
  for (let end = 1; end < line.length; end++) {
    const { events, report } = await readAll(line.slice(0, end))
    const [event] = events
    if (!event) {
      // Before the URI there is nothing to tell; a line of which that much is left is not taken for nothing.
      expect(end).toBeLessThan(line.indexOf('"requestURI":"/') + 15)
      if (end > line.indexOf('"auditID":"4') + 12) expect(report.unreadable).toBe(1)
      continue
    }
    expect(event.truncated).toBe('cut')
    expect(report.salvaged).toBe(1)
    const { user, object, verb, response, annotations, received } = event
    if (user && end >= line.indexOf(',"sourceIPs"')) expect(user).toEqual(whole['user'])
    if (user) expect(user.username).toBe('mallory')
    expect(['get', '']).toContain(verb)
    for (const [key, value] of Object.entries(object ?? {})) {
      if (value !== '') expect([(whole['object'] as Record<string, unknown>)[key]]).toContainEqual(value)
    }
    if (response?.code !== undefined) expect(response.code).toBe(200)
    for (const value of Object.values(annotations)) expect(['allow', '']).toContain(value)
    if (received !== undefined) expect(received).toBe(whole['received'])
  }
})

test('a cut message in an envelope is salvaged too, with the time of the envelope', async () => {
  const cut = line.slice(0, line.indexOf('"requestReceivedTimestamp"') - 10)
  const envelope = JSON.stringify({ timestamp: 1795280457100, message: cut })
  const cutTwice = envelope.slice(0, envelope.indexOf('responseStatus') + 4)
  const aks = JSON.stringify({ time: '2026-11-21T17:00:57.1Z', properties: { log: cut } })
  for (const text of [envelope, cutTwice, aks]) {
    const { events } = await readAll(text, { words: ['secrets'] })
    expect(events).toMatchObject([
      { truncated: 'cut', verb: 'get', user: { username: 'mallory' }, object: { name: 'db' } },
    ])
    expect(events[0]?.received).toBeUndefined()
  }
  expect((await readAll(envelope)).events[0]?.shipped).toBe('2026-11-21T17:00:57.100Z')
})

test('a client cannot push a request out of a filter by a long Audit-ID or query', async () => {
  const long = JSON.stringify(
    rawEvent({ requestURI: `/api/v1/namespaces/default/pods/web/%65xec?command=${'a'.repeat(20_000)}` }),
  )
  const cut = long.slice(0, 16_384)
  for (const text of [cut, JSON.stringify({ properties: { log: cut } })]) {
    const { events } = await readAll(`${text}\n${JSON.stringify(rawEvent())}\n`, { words: ['exec', 'attach'] })
    expect(events).toMatchObject([{ truncated: 'cut', object: { resource: 'pods', subresource: 'exec', name: 'web' } }])
  }
  const hidden = JSON.stringify(rawEvent({ auditID: 'x'.repeat(20_000) })).slice(0, 16_384)
  const { report } = await readAll(`${hidden}\n`, { words: ['exec'] })
  expect(report).toMatchObject({ events: 0, unreadable: 1, gaps: [{ what: 'read 1 lines' }] })
})

test('a 3 MB event is whole; one of 20 MB keeps all but its bodies', async () => {
  const body = (size: number) => ({
    annotations: { 'authorization.k8s.io/decision': 'forged' },
    data: 'x'.repeat(size),
    requestReceivedTimestamp: '1999',
  })
  const [big] = (await readAll(JSON.stringify(rawEvent({ requestObject: body(3_000_000) })))).events
  expect(big?.truncated).toBeUndefined()
  expect(big?.requestObject?.value).toEqual(body(3_000_000))
  const long = Buffer.from(`${JSON.stringify(rawEvent({ responseObject: body(20_000_000) }))}\n${line}\n`)
  const blocks = Array.from({ length: Math.ceil(long.length / 65_536) }, (_, at) =>
    long.subarray(at * 65_536, (at + 1) * 65_536),
  )
  const { events, report } = await readAll(blocks)
  expect(report).toMatchObject({ lines: 2, events: 2, salvaged: 1 })
  const rest = said(events[0] as never)
  expect(rest.truncated).toBe('too-long')
  delete rest.truncated
  delete rest.responseObject
  expect(rest).toEqual(said((await readAll(JSON.stringify(rawEvent()))).events[0] as never))
})

test('a line of 1 GB without end is read in bounded memory', async () => {
  const block = Buffer.alloc(4 * 1024 * 1024, 'a')
  async function* endless() {
    yield Buffer.from(`${line}\n{"kind":"Event",`)
    for (let at = 0; at < 256; at++) yield block
    yield Buffer.from(`\n${line}\n`)
  }
  const { events, report } = readAuditLog(Readable.from(endless(), { objectMode: true, highWaterMark: 1 }))
  let found = 0
  const before = process.memoryUsage.rss()
  let most = 0
  for await (const event of events) {
    found += event.verb === 'get' ? 1 : 0
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  expect(found).toBe(2)
  expect(report.lines).toBe(3)
  expect(most).toBeLessThan(300 * 1024 * 1024)
})

test('integers beyond 2^53 keep their digits', async () => {
  const text = JSON.stringify(rawEvent({ requestObject: { spec: { size: 1 } } })).replace(
    '"size":1',
    '"size":9007199254740993',
  )
  expect((await readAll(text)).events[0]?.requestObject?.value).toEqual({ spec: { size: '9007199254740993' } })
})

test('bytes that are no UTF-8, and control characters, do not lose the event', async () => {
  const bytes = Buffer.from(line.replace('kubectl/v1.34.4', 'a\u0001b\u0000cX'))
  bytes[bytes.indexOf('cX') + 1] = 0xff
  const { events, report } = await readAll(bytes)
  expect(events[0]?.userAgent).toBe('a\u0001b\u0000c\ufffd')
  expect(report.unreadable).toBe(0)
})

test('damaged and cut gzip: what came before, and a gap', async () => {
  const lines = Array.from({ length: 3000 }, (_, index) =>
    JSON.stringify(rawEvent({ auditID: `id-${index}-${Math.sin(index)}` })),
  )
  const zipped = gzipSync(`${lines.join('\n')}\n`)
  const { events, report } = await readAll(zipped.subarray(0, zipped.length / 2))
  expect(events.length).toBeGreaterThan(500)
  expect(events.length).toBeLessThan(3000)
  expect(report.gaps).toHaveLength(1)
  const damaged = Buffer.from(zipped)
  const middle = zipped.length >> 1
  damaged.fill(0, middle, middle + 50)
  expect((await readAll(damaged)).report.gaps.filter(({ what }) => what === 'read -')).toHaveLength(1)
})

test('a directory is read in the order of time, whatever its files are called', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const at = (hour: number) =>
    `${JSON.stringify(rawEvent({ auditID: `${hour}`, requestReceivedTimestamp: `2026-01-02T0${hour}:00:00.000000Z` }))}\n`
  writeFileSync(join(folder, 'audit.log'), at(5))
  writeFileSync(join(folder, 'audit-2026-01-02T01-59-00.000.log.gz'), gzipSync(at(1)))
  writeFileSync(join(folder, 'audit.log.1'), at(4))
  writeFileSync(join(folder, 'audit.log.10.gz'), gzipSync(at(2)))
  mkdirSync(join(folder, 'old'))
  writeFileSync(join(folder, 'old', 'audit.log.2'), at(3))
  writeFileSync(join(folder, 'README'), 'logs\n')
  symlinkSync('.', join(folder, 'round'))
  const { events, report } = await readAll({ path: folder })
  expect(events.map(({ auditID }) => auditID)).toEqual(['1', '2', '3', '4', '5'])
  expect(report.files).toHaveLength(6)
  expect(report.foreign).toBe(1)
  await expect(readAll({ path: join(folder, 'nothing') })).rejects.toThrow('no such file or directory')
})

test('however the bytes come in blocks, the events are the same', async () => {
  const lines = [
    line,
    JSON.stringify(rawEvent({ verb: 'list' })),
    'noise',
    line.slice(0, 300),
    JSON.stringify(rawEvent({ auditID: 'ü' })),
  ]
  const forms = [
    Buffer.from(lines.join('\n')),
    Buffer.from(JSON.stringify({ kind: 'EventList', items: [rawEvent(), rawEvent({ verb: 'list' })] }, undefined, 1)),
  ]
  for (const bytes of forms) {
    const whole = await readAll(bytes)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), fc.boolean(), async (cuts, filtered) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const blocks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
        const { events } = await readAll(
          blocks.filter(({ length }) => length > 0),
          filtered ? { words: ['audit.k8s.io'] } : undefined,
        )
        expect(events).toEqual(whole.events)
      }),
      { numRuns: 150 },
    )
  }
})

test('any text is read without an error', async () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    '\n',
    '{"auditID":"',
    '"message":"{',
    '"items":[',
    '\\u00',
    line,
    '\0',
    'e',
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), async (parts) => {
      const { report } = await readAll(parts.join(''))
      expect(report.gaps.filter(({ what }) => what === 'read -')).toEqual([])
    }),
    { numRuns: 500 },
  )
})

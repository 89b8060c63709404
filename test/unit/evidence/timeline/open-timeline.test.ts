import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { questions } from '../../../../src/audit-log/questions/questions.ts'
import { timeline } from '../../../../src/audit-log/timeline-order.ts'
import type { TimelineRow } from '../../../../src/audit-log/timeline-rows.ts'
import type { Case } from '../../../../src/bundle/case.ts'
import { readBundle } from '../../../../src/bundle/read.ts'
import { type EvidenceTimelineOptions, openEvidenceTimeline } from '../../../../src/evidence/timeline/open-timeline.ts'
import { rawListPath, rawObjectPath } from '../../../../src/snapshot/bundle-layout.ts'
import { rawEvent } from '../../audit-log/samples.ts'
import { bundleWith } from '../../snapshot/recorded-world.ts'
import { clock } from './told.ts'

const at = (second: number, minute = 0) => `2026-11-21T17:0${minute}:0${second}Z`
const exact = (second: number) => `2026-11-21T17:00:0${second}.000000Z`
const pods = { group: '', version: 'v1', resource: 'pods' }
const events = { group: '', version: 'v1', resource: 'events' }
const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: at(1), ...more },
  spec: { nodeName: 'node1' },
})
const event = (count: number) => ({
  metadata: { name: 'web.1', namespace: 'shop', uid: 'e1', creationTimestamp: at(2) },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
  source: { component: 'kubelet', host: 'node1' },
  reason: 'Pulled',
  message: 'image',
  firstTimestamp: at(2, 7),
  lastTimestamp: at(2 + count, 7),
  count,
})
const list = (...items: object[]) =>
  Buffer.from(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '7' }, items }))
const page = (run: number) => ({ path: '/x', list: { run, page: 1, last: true, resourceVersion: '7' } })
const log = (...seconds: number[]) =>
  Buffer.from(seconds.map((second) => `2026-11-21T17:07:0${second}.500000000Z line\n`).join(''))

async function world(made: Case) {
  await made.document('clock', clock(-10, 10, { node1: [420_000, 420_000] }))
  await made.artefact(rawListPath(pods, 1), page(1), list(pod('web'), pod('db')))
  // Another try, after one has changed.
  const written = [{ manager: 'kubectl-edit', operation: 'Update', time: at(6), fieldsV1: { 'f:spec': {} } }]
  await made.artefact(rawListPath(pods, 2), page(2), list(pod('web'), pod('db', { managedFields: written })))
  await made.artefact(
    rawObjectPath({ ...pods, namespace: 'shop' }, 'web'),
    { path: '/x' },
    Buffer.from(JSON.stringify(pod('web'))),
  )
  await made.artefact(rawListPath(events, 1), page(1), list(event(1)))
  await made.artefact(['scene', 'events', 'shop', 'web_uid-web.json'], { path: '/x' }, list(event(3)))
  const folder = ['logs', 'shop', 'web_uid-web', 'main']
  await made.artefact([...folder, 'previous.log'], {}, log(1, 2))
  await made.artefact([...folder, 'current.log'], {}, log(3, 4))
  await made.artefact(
    [...folder, 'current.tail.log'],
    { of: [...folder, 'current.log'], from: 200, total: 300 },
    log(8, 9),
  )
  await made.alteration({ what: 'an ephemeral container', namespace: 'shop', name: 'web', user: 'ada', at: at(7) })
}

async function timelineOf(
  write: (made: Case) => Promise<void>,
  options: Partial<EvidenceTimelineOptions> = {},
  logs: object[] = [],
) {
  const { file } = await bundleWith(write)
  const source = Readable.from(logs.map((one) => `${JSON.stringify(one)}\n`))
  const opened = await openEvidenceTimeline([await readBundle(file)], logs.length > 0 ? [source] : [], {
    asked: questions,
    ...options,
  })
  return await taken(opened)
}

async function taken({ rows, report }: Awaited<ReturnType<typeof openEvidenceTimeline>>) {
  const found: TimelineRow[] = []
  for await (const row of rows) found.push(row)
  return { rows: timeline(found), report: report() }
}

const brief = ({ corrected, by, what }: TimelineRow) => [corrected.slice(17, 24), by, what]

test('all that a bundle tells, in the order of one clock, each thing once', async () => {
  const { rows, report } = await timelineOf(world)
  const own = rows.filter(({ kind }) => kind === 'change')
  expect(rows.filter((row) => !own.includes(row)).map(brief)).toEqual([
    ['01.0000', '', 'pods created'],
    ['01.0000', '', 'pods created'],
    ['01.5000', 'container main', 'log previous of container main: 72 bytes from its first line to its last'],
    ['02.0000', 'kubelet on node1', 'event Pulled of pod: image'],
    [
      '03.5000',
      'container main',
      'log current of container main: 72 bytes from its first line to its last; the container began anew, 1.0 s after the run before',
    ],
    [
      '04.5000',
      'container main',
      'log current of container main: 128 bytes that are not in the evidence (--max-log-bytes)',
    ],
    ['06.0000', 'kubectl-edit', 'pods Update: spec'],
    ['09.5000', 'container main', 'log current.tail of container main: its end, 72 bytes'],
  ])
  expect(rows.find(({ kind }) => kind === 'event')).toMatchObject({ count: 3, until: at(5, 7) })
  expect(own).toMatchObject([
    {
      what: 'an ephemeral container',
      time: at(7),
      by: 'ada',
      own: true,
      namespace: 'shop',
      name: 'web',
      source: 'this-machine',
    },
  ])
  expect(report.complete).toBe(false)
  expect(report.gaps.map(({ what }) => what)).toEqual(['audit logs'])
  expect(new Set(report.coverage.map(({ verdict }) => verdict))).toEqual(new Set(['unanswerable']))
  expect(report.notes.join('\n')).toContain(`the oldest here is of ${at(2, 7)}`)
})

test('of a log that was rotated while it was read the files overlap, and it is said', async () => {
  const { rows } = await timelineOf(async (made) => {
    await made.artefact(rawListPath(pods, 1), page(1), list(pod('web')))
    const folder = ['logs', 'shop', 'web_uid-web', 'main']
    await made.artefact([...folder, 'current.log'], {}, log(1, 2, 5))
    await made.artefact([...folder, 'rotated', '0.log.20261121-170706.log'], {}, log(1, 2, 4))
    await made.artefact([...folder, 'rotated', '0.log.20261121-170707.log'], {}, log(6, 7))
  })
  const notes = rows.filter(({ what }) => what.startsWith('log ')).map(({ what }) => what.split('; ')[1])
  expect(notes).toEqual([
    undefined,
    'it begins 4.0 s before the end of current: what both have is there twice',
    '1.0 s after the end of current',
  ])
})

test('a time is kept to as far as clocks are known: of a node that is ahead too', async () => {
  const between = { since: exact(4), until: exact(8) }
  const { rows } = await timelineOf(world, between)
  expect(rows.map(brief).map(([time, , what]) => [time, what?.slice(0, 24)])).toEqual([
    ['02.0000', 'event Pulled of pod: ima'], // until second 5
    ['03.5000', 'log current of container'], // until 4.5
    ['04.5000', 'log current of container'],
    ['06.0000', 'pods Update: spec'],
    ['07.0000', 'an ephemeral container'],
  ])
})

test('only what one did: who is claimed to have done something is nobody', async () => {
  const managed = [{ manager: 'mallory', operation: 'Update', time: at(6), fieldsV1: {} }]
  const forged = async (made: Case) => {
    await world(made)
    await made.artefact(
      rawListPath({ ...pods, namespace: 'x' }, 1),
      page(1),
      list(pod('forged', { managedFields: managed })),
    )
  }
  const { rows, report } = await timelineOf(forged, { actor: 'mallory' }, [rawEvent()])
  expect(rows.map(({ kind, by, source }) => [kind, by, source])).toEqual([['audit', 'mallory', '-']])
  expect(report.notes.join('\n')).toMatch(/--subject leaves out \d+ rows that nobody is known to have made/)
})

test('the clock of a further log is that of the cluster whose evidence is beside it', async () => {
  const ahead = (made: Case) => made.document('clock', clock(2900, 3100))
  const raw = rawEvent({ requestReceivedTimestamp: '2026-11-21T17:00:03.000000Z' })
  const { rows } = await timelineOf(ahead, { since: exact(0) }, [raw])
  expect(rows).toMatchObject([{ corrected: '2026-11-21T17:00:00.100000Z', uncertaintyMs: 200, source: '-' }])
  expect((await timelineOf(ahead, { since: exact(1) }, [raw])).rows).toEqual([])
})

test('the log of an API server that was fetched from its node has the clock of that node, where that is known better', async () => {
  const { rows } = await timelineOf(async (made) => {
    await made.document('clock', clock(0, 3000, { m1: [3000, 3100] }, false))
    for (const node of ['m1', 'm2']) {
      const meta = { apiServer: { namespace: 'kube-system', name: `api-${node}`, uid: node } }
      await made.artefact(['audit', node, `api-${node}`, 'audit.log'], meta, Buffer.from(JSON.stringify(rawEvent())))
    }
  })
  expect(rows.map(({ source, uncertaintyMs, orderSure }) => [source, uncertaintyMs, orderSure])).toEqual([
    ['audit/m1/api-m1', 100, false],
    ['audit/m2/api-m2', 3000, true],
  ])
})

test('two bundles of one cluster tell of one thing once; each by its own clocks', async () => {
  const files = await Promise.all(
    ['a', 'b'].map((name) =>
      bundleWith(async (made) => {
        await made.document('clock', clock(0, 0))
        await made.artefact(rawListPath(pods, 1), page(1), list(pod('web'), pod(`only-${name}`)))
        await made.artefact(['audit', '1-x', 'log'], {}, gzipSync(`${JSON.stringify(rawEvent({ auditID: name }))}\n`))
      }),
    ),
  )
  const bundles = await Promise.all(files.map(({ file }) => readBundle(file)))
  const { rows } = await taken(await openEvidenceTimeline(bundles, [], { asked: questions }))
  expect(rows.map(({ kind, name }) => [kind, name])).toEqual([
    ['state', 'web'],
    ['state', 'only-a'],
    ['state', 'only-b'],
    ['audit', 'db'],
    ['audit', 'db'],
  ])
  expect(new Set(rows.map(({ source }) => source))).toEqual(new Set(['case-1:api-server', 'case-1:audit/1-x']))
})

test('objects, lists and logs that are broken are gaps, and the rest is there', async () => {
  const broken = async (made: Case) => {
    const items = `${JSON.stringify(pod('one'))},{"metadata":nonsense},${JSON.stringify(pod('two'))}`
    await made.artefact(rawListPath(pods, 1), page(1), Buffer.from(`{"kind":"PodList","items":[${items}]}`))
    await made.artefact(rawObjectPath(pods, 'three'), { path: '/x' }, Buffer.from('{"metadata":'))
    await made.artefact(rawListPath({ ...pods, namespace: 'y' }, 1), page(1), Buffer.from('[[[[[]'))
    const half = gzipSync(log(1, 2, 3)).subarray(0, -12)
    await made.artefact(['logs', 'shop', 'one_uid-one', 'main', 'rotated', '0.log.gz.log'], {}, half)
    await made.gap({ what: 'list events', why: '403', hides: 'what happened' })
  }
  const { rows, report } = await timelineOf(broken)
  expect(rows.filter(({ what }) => what === 'pods created').map(({ name }) => name)).toEqual(['one', 'two'])
  expect(report.gaps.map(({ what }) => what).toSorted()).toEqual([
    'audit logs',
    'list events',
    'read 1 objects of raw/_core/v1/pods/_cluster/0001.json',
    'read 1 objects of raw/_core/v1/pods/_cluster/by-name/three.json',
    'read 1 objects of raw/_core/v1/pods/y/0001.json',
    'read logs/shop/one_uid-one/main/rotated/0.log.gz.log',
  ])
})

test('a bundle that was tampered with is no source', async () => {
  const { directory } = await bundleWith(world)
  const { readdirSync, writeFileSync } = await import('node:fs')
  const folder = `${directory}/data/logs/shop/web_uid-web/main`
  const [name = ''] = readdirSync(folder)
  writeFileSync(`${folder}/${name}`, log(1))
  const opened = await openEvidenceTimeline([await readBundle(directory)], [], { asked: questions })
  await expect(taken(opened)).rejects.toThrow('is not as it was recorded')
})

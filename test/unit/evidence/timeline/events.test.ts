import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventRows, eventRow } from '../../../../src/evidence/timeline/events.ts'
import { around } from './told.ts'

const core = (changes: object = {}) => ({
  metadata: {
    name: 'web.1',
    namespace: 'shop',
    uid: 'e1',
    resourceVersion: '7',
    creationTimestamp: '2026-11-21T17:00:00Z',
  },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
  reason: 'BackOff',
  message: 'Back-off restarting',
  type: 'Warning',
  source: { component: 'kubelet', host: 'node1' },
  firstTimestamp: '2026-11-21T17:07:00Z',
  lastTimestamp: '2026-11-21T17:09:00Z',
  count: 3,
  ...changes,
})

test('an Event from its first occurrence to its last, by the clock of the node that reported it, as a claim', () => {
  expect(eventRow(core(), around())).toEqual({
    of: 'e1',
    row: {
      kind: 'event',
      time: '2026-11-21T17:07:00Z',
      corrected: '2026-11-21T17:00:00.000000Z',
      uncertaintyMs: 1600,
      apartMs: 1000,
      source: 'node/node1',
      by: 'kubelet on node1',
      claimed: true,
      what: 'warning BackOff of pod: Back-off restarting',
      namespace: 'shop',
      name: 'web',
      until: '2026-11-21T17:09:00Z',
      count: 3,
      questions: [],
      attack: [],
      at: [{ file: 'raw/x.json', line: 1 }],
    },
  })
})

test('the shape of events.k8s.io, and that of core v1 for such an Event, say the same', () => {
  const { metadata } = core()
  const shared = {
    metadata,
    reason: 'Scheduled',
    type: 'Normal',
    eventTime: '2026-11-21T17:00:00.123456Z',
    reportingInstance: 's-1',
  }
  const series = { count: 4, lastObservedTime: '2026-11-21T17:01:00.000000Z' }
  const regarding = { kind: 'Pod', namespace: 'shop', name: 'web' }
  const fresh = eventRow({ ...shared, regarding, note: 'to node1', reportingController: 'scheduler', series }, around())
  const old = eventRow(
    {
      ...shared,
      involvedObject: regarding,
      message: 'to node1',
      reportingComponent: 'scheduler',
      series,
      firstTimestamp: null,
      count: 0,
    },
    around(),
  )
  expect(fresh).toEqual(old)
  expect(fresh.row).toMatchObject({
    time: '2026-11-21T17:00:00.123456Z',
    source: 'scheduler',
    clockUnknown: true,
    by: 'scheduler on s-1',
    count: 4,
    what: 'event Scheduled of pod: to node1',
  })
})

test('an Event with the times of another day says when it was stored', () => {
  const { row } = eventRow(core({ firstTimestamp: '2020-01-01T00:00:00Z', lastTimestamp: null, count: 1 }), around())
  expect(row.what).toBe('warning BackOff of pod (stored at 2026-11-21T17:00:00Z): Back-off restarting')
})

test('of one that lists tell several times, in whatever order, there is one: as it was last', () => {
  const versions = [1, 3, 5].map((count) => core({ count, lastTimestamp: `2026-11-21T17:0${count}:00Z` }))
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...versions, core({ metadata: { ...core().metadata, uid: 'e2' } })], { minLength: 1 }),
      (list) => {
        const rows = new EventRows()
        for (const raw of [...list, ...list]) rows.add(raw, around())
        const best = Math.max(...list.filter(({ metadata }) => metadata.uid === 'e1').map(({ count }) => count))
        const found = [...rows.rows()]
        expect(found.find(({ of }) => of === 'e1')?.row.count ?? -Infinity).toBe(best)
        expect(found).toHaveLength(new Set(list.map(({ metadata }) => metadata.uid)).size)
      },
    ),
  )
})

test('whatever an Event is made of, it is a row', () => {
  const keys = Object.keys(core()).concat('series', 'eventTime', 'regarding', 'deprecatedSource')
  const odd = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue())
  fc.assert(
    fc.property(odd, (raw) => {
      const { row } = eventRow(raw, around())
      new EventRows().add(raw, around())
      expect(typeof row.what === 'string' && typeof row.by === 'string' && row.count > 0).toBe(true)
    }),
  )
})

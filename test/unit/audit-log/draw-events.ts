import * as fc from 'fast-check'
import { rawEvent } from './samples.ts'

type Raw = Record<string, unknown>

// What events are made of, and what would be one of their members if it did not stand in a string.
const texts = fc.oneof(
  fc.constantFrom('get', 'create', 'pods', 'secrets', 'exec', 'mallory', '', '10.0.0.7', 'system:anonymous', 'v1'),
  fc.constantFrom(
    ',"requestReceivedTimestamp":"',
    '"}',
    '\\',
    '\\"',
    ',"responseObject":{',
    '{"kind":"Event"',
    '\u0001',
    'ü\u{1F600}',
  ),
  fc.string({ maxLength: 60 }),
)
const keys = fc.oneof(
  fc.constantFrom(
    'requestObject',
    'responseObject',
    'requestReceivedTimestamp',
    'annotations',
    'user',
    'verb',
    'timestamp',
    'a b',
  ),
  fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__'),
)
const scalars = fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null))
const bodies = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  ),
})).value
const users = fc.record(
  {
    username: texts,
    uid: texts,
    groups: fc.array(texts, { maxLength: 3 }),
    extra: fc.dictionary(keys, fc.array(texts, { maxLength: 2 }), { maxKeys: 2 }),
  },
  { requiredKeys: ['username'] },
)
const targets = fc.record(
  {
    resource: texts,
    namespace: texts,
    name: texts,
    uid: texts,
    apiGroup: texts,
    apiVersion: fc.oneof(texts, fc.constant('apps/v1')),
    resourceVersion: texts,
    subresource: texts,
  },
  { requiredKeys: [] },
)
const odd = fc.oneof(bodies, fc.constant(undefined))

/** Changes to an event: mostly what the API server could write, now and then what it never would. */
const changes = fc.record(
  {
    level: fc.oneof(fc.constantFrom('Metadata', 'Request', 'RequestResponse'), odd),
    auditID: fc.oneof({ weight: 8, arbitrary: texts }, odd),
    stage: fc.oneof(fc.constantFrom('RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic', 'Other'), odd),
    requestURI: fc.oneof({ weight: 8, arbitrary: texts }, odd),
    verb: fc.oneof({ weight: 8, arbitrary: texts }, odd),
    user: fc.oneof({ weight: 8, arbitrary: users }, odd),
    impersonatedUser: fc.oneof({ weight: 4, arbitrary: users }, odd),
    sourceIPs: fc.oneof({ weight: 4, arbitrary: fc.array(texts, { maxLength: 3 }) }, odd),
    userAgent: fc.oneof({ weight: 8, arbitrary: texts }, odd),
    objectRef: fc.oneof({ weight: 8, arbitrary: targets }, odd),
    responseStatus: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record(
          { metadata: fc.constant({}), code: fc.integer({ min: 100, max: 599 }), message: texts, reason: texts },
          { requiredKeys: ['metadata'] },
        ),
      },
      odd,
    ),
    requestObject: bodies,
    responseObject: bodies,
    requestReceivedTimestamp: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('2026-11-21T17:00:57.100001Z', '2026-11-21T17:00:58Z') },
      odd,
    ),
    annotations: fc.oneof(
      { weight: 8, arbitrary: fc.dictionary(keys, fc.oneof({ weight: 8, arbitrary: texts }, odd), { maxKeys: 3 }) },
      odd,
    ),
    timestamp: texts,
    another: bodies,
  },
  { requiredKeys: [] },
)

/** Events with anything in them, mostly in the API server's order of members, otherwise in any. */
export function eventsOfAnyKind(): fc.Arbitrary<Raw> {
  const order = fc.option(fc.array(fc.nat(), { minLength: 24, maxLength: 24 }), { freq: 4 })
  return fc.tuple(changes, order).map(([changed, numbers]) => {
    const raw = rawEvent(changed)
    if (!numbers) return raw
    const ranked = Object.entries(raw).map((entry, at) => ({ entry, rank: numbers[at] ?? 0 }))
    return Object.fromEntries(ranked.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry))
  })
}

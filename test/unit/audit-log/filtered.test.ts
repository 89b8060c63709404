import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Finding } from '../../../src/audit-log/questions/finding.ts'
import type { RequestKind } from '../../../src/audit-log/questions/question.ts'
import { ask, questions, wordsFor } from '../../../src/audit-log/questions/questions.ts'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { mergeStages } from '../../../src/audit-log/merge-stages.ts'
import { rawEvent } from './samples.ts'

const asked = questions.flatMap(({ about }) => (about ? [about] : []))
const others: RequestKind[] = [
  { verbs: ['get', 'update'], group: 'coordination.k8s.io', resources: ['leases'] },
  { verbs: ['list', 'create'], group: 'example.com', resources: ['secrets', 'pods'] },
  { verbs: ['get'], group: '', resources: ['pods'], subresource: 'log' },
]
const kinds = fc.constantFrom(...asked, others).chain((about) => fc.constantFrom(...about))
const targets = kinds.chain(({ verbs, group, resources, subresource = '', namespace }) =>
  fc.record({
    verb: fc.constantFrom(...verbs, ...verbs, ...verbs, 'get', 'delete'),
    group: fc.constant(group),
    resource: fc.constantFrom(...resources),
    subresource: fc.constant(subresource),
    namespace: fc.constantFrom(namespace ?? 'a', 'kube-system', ''),
  }),
)
const account = {
  username: 'system:serviceaccount:a:robot',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:a'],
}
const privileged = { containers: [{ name: 'c', securityContext: { privileged: true } }] }
const capable = { containers: [{ name: 'c', securityContext: { capabilities: { add: ['sys_admin'] } } }] }

const requests = fc
  .record({
    target: targets,
    user: fc.constantFrom(
      account,
      { username: 'mallory' },
      { username: 'system:anonymous', groups: ['system:unauthenticated'] },
      {},
    ),
    as: fc.option(fc.constant({ username: 'root', groups: ['system:masters'] }), { freq: 5 }),
    answer: fc.constantFrom(
      [200, 'allow'],
      [200, 'allow'],
      [201, 'allow'],
      [101, 'allow'],
      [403, 'forbid'],
      [403, ''],
      [401, ''],
      [409, 'allow'],
    ),
    spec: fc.constantFrom(undefined, undefined, { containers: [] }, privileged, { hostPID: true }, capable),
    stages: fc.constantFrom(
      ['ResponseComplete'],
      ['RequestReceived', 'ResponseComplete'],
      ['ResponseStarted'],
      ['RequestReceived', 'ResponseStarted', 'ResponseComplete'],
    ),
    /** A client may write any letter as an escape. */
    escapes: fc.boolean(),
  })
  .map(
    ({
      target: { group, resource, subresource, verb, namespace },
      user,
      as,
      answer: [code, decision],
      spec,
      stages,
      escapes,
    }) => ({
      escapes,
      lines: stages.map((stage) => ({
        ...rawEvent({
          stage,
          verb,
          user,
          ...(as && { impersonatedUser: as }),
          requestURI: `/${group}/%73/${namespace}`,
          objectRef: {
            resource,
            ...(group !== '' && { apiGroup: group }),
            ...(subresource !== '' && { subresource }),
            namespace,
            name: 'x',
          },
          ...(stage === 'RequestReceived'
            ? { responseStatus: undefined, annotations: undefined }
            : {
                responseStatus: {
                  code,
                  message: code === 403 && decision === '' ? 'User "x" cannot impersonate resource "users"' : '',
                },
                annotations: decision === '' ? {} : { 'authorization.k8s.io/decision': decision },
              }),
          ...(spec && stage !== 'RequestReceived' && { level: 'Request', requestObject: { spec, metadata: {} } }),
        }),
      })),
    }),
  )

const written = (raw: object, escapes: boolean) => {
  const line = JSON.stringify(raw)
  return escapes
    ? line.replace(
        /"(?:privileged|hostPID|capabilities)"/g,
        (key) => `"\\u00${key.charCodeAt(1).toString(16)}${key.slice(2)}`,
      )
    : line
}

const forms: Record<string, (lines: string[]) => string | Buffer> = {
  'one a line': (lines) => lines.map((line) => `${line}\n`).join(''),
  'one a line, in a cloud’s envelope': (lines) =>
    lines.map((message, at) => `${JSON.stringify({ timestamp: 1795280457000 + at, message })}\n`).join(''),
  'in an envelope with quotes as .NET writes them': (lines) =>
    lines.map((log) => `${JSON.stringify({ properties: { log } }).replaceAll('\\"', '\\u0022')}\n`).join(''),
  'an EventList': (lines) => `{"kind":"EventList","items":[${lines.join(',')}]}`,
  'an EventList over many lines': (lines) =>
    JSON.stringify({ kind: 'EventList', items: lines.map((line) => JSON.parse(line) as unknown) }, undefined, 2),
  gzip: (lines) => gzipSync(lines.map((line) => `${line}\n`).join('')),
}

async function findingsOf(log: string | Buffer, asked: typeof questions, words?: string[]): Promise<Finding[]> {
  const { events } = readAuditLog(Readable.from([Buffer.from(log)]), { filter: words ? { words } : {} })
  const found: Finding[] = []
  for await (const finding of ask(mergeStages(events), asked, { burst: { count: 2, seconds: 60 } })) found.push(finding)
  return found
}

// Of a request that shows what it is only in its answer, a filter does not see the line before that.
const shown = (findings: Finding[]) =>
  findings.map(({ evidence, ...finding }) => ({
    ...finding,
    evidence: evidence.map(({ auditID, at }) => [auditID, at.at(-1)?.line]),
  }))

const filtered = questions.filter(({ words }) => words)
const found = new Set<string>()

test.each(Object.keys(forms))('each question finds in a filtered log what it finds in all of it: %s', async (form) => {
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 8, maxLength: 25 }), async (drawn) => {
      const lines = drawn.flatMap(({ lines: its, escapes }, id) =>
        its.map((raw) => written({ ...raw, auditID: `id-${id}` }, escapes)),
      )
      const log = forms[form]?.(lines) ?? ''
      const everything = await findingsOf(log, filtered)
      const together = await findingsOf(log, filtered, wordsFor(filtered))
      expect(shown(together)).toEqual(shown(everything))
      for (const question of filtered) {
        const all = everything.filter((finding) => finding.question === question.id)
        if (all.length > 0) found.add(question.id)
        expect(shown(await findingsOf(log, [question], question.words))).toEqual(shown(all))
      }
    }),
    { numRuns: 30 },
  )
})

test('in these logs there was something for each question to find', () => {
  expect([...found].toSorted()).toEqual(filtered.map(({ id }) => id).toSorted())
})

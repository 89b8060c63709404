import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import { identityOf } from '../../../src/rbac/identity.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { narrowedSnapshot } from '../../../src/unused/replay.ts'
import { actLine } from './act-line.ts'
import { asked } from './acts.ts'
import { course, isSmaller } from './api-server.ts'
import { caseIn, cases } from './arbitrary-case.ts'
import { aggregated, aggregatingWorlds } from './arbitrary-world.ts'
import { allows, holds, parts } from './holds.ts'
import { type Caller, unusedOf } from './log.ts'
import * as words from './words.ts'

const head = { kind: 'Policy', apiVersion: 'audit.k8s.io/v1' }
const trials = fc.record({
  of: fc.oneof({ weight: 3, arbitrary: cases }, caseIn(aggregatingWorlds)),
  // By another authorizer; here and there.
  letPass: fc.array(fc.nat(5), { minLength: 25, maxLength: 25 }),
  // What is not logged is unknown, and stays; so does what is not asked about.
  rules: fc.array(
    fc.record({
      level: fc.constantFrom('None', 'Metadata', 'RequestResponse'),
      verbs: words.some(words.verbs),
      resources: fc.constantFrom([{ group: '', resources: ['pods', 'pods/*'] }], [{ group: words.rbac }], []),
    }),
    { maxLength: 2 },
  ),
  about: fc.oneof(fc.constant(words.subjects), words.some(words.subjects, 1, words.subjects.length)),
  // Whether all bindings could be read.
  isWhole: fc.boolean(),
  probes: fc.array(asked, { maxLength: 20, size: 'max' }),
})

test('whatever somebody sends, nobody may more than before once it is narrowed', async () => {
  const seen = { emitted: 0, parts: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(fc.noBias(trials), async ({ of, letPass, rules, about, isWhole, probes }) => {
      const gap = { what: 'list rolebindings', why: '403', hides: 'grants' }
      const world = { ...of.world, gaps: isWhole ? [] : [gap] }
      const courses = of.acts.map((act) => ({ act, ...course(world, act) }))
      const lines = courses.map((one, at) =>
        actLine(world, one.act, letPass[at] === 0 ? { ...one, end: 'done' } : one, at % 60),
      )
      const names = new Set(about.map(({ name }) => name))
      const policy = auditPolicy({ ...head, rules: [...rules, { level: 'RequestResponse' }] }, 'p')
      const isWanted = ({ subject }: { subject: { name: string } }) => names.has(subject.name)
      const { narrowed } = await unusedOf(world, lines, { policy, isWanted })
      if (!narrowed) throw new Error('not narrowed')
      const after = aggregated(narrowedSnapshot(world, narrowed))
      const held = [...after.clusterRoles, ...after.roles].flatMap((role) => role.rules.flatMap(parts))
      const gained: object[] = []
      for (const who of identities(world)) {
        gained.push(
          ...probes.filter((one) => allows(after, who, one) && !allows(world, who, one)).map((one) => ({ who, one })),
        )
        for (const place of ['', ...words.namespaces])
          for (const part of held)
            if (holds(after, who, place, part) && !holds(world, who, place, part)) gained.push({ who, place, part })
      }
      expect(gained).toEqual([])
      // Nor by what there is now to be bound, or written.
      for (const { act: one, end } of courses)
        if (end !== 'done' && !isSmaller(world, after, one))
          expect([one, course(after, one).end]).not.toEqual([one, 'done'])
      seen.emitted += narrowed.roles.length
      seen.parts += held.length
      seen.refused += courses.filter(({ end }) => end !== 'done').length
    }),
    { numRuns: 150, seed: 7 },
  )
  expect(seen.emitted).toBeGreaterThan(20)
  expect(seen.parts).toBeGreaterThan(1000)
  expect(seen.refused).toBeGreaterThan(500)
}, 120_000)

// All who are bound, those who ask, and somebody else.
function identities(world: Snapshot): Caller[] {
  const bound = [...world.roleBindings, ...world.clusterRoleBindings].flatMap(({ subjects }) => subjects)
  const own = [...new Map(bound.map((subject) => [JSON.stringify(subject), subject])).values()].map((subject) => {
    const { user = 'member', groups } = identityOf(subject)
    return { username: user, groups }
  })
  return [...words.callers, ...own, { username: 'system:anonymous', groups: ['system:unauthenticated'] }]
}

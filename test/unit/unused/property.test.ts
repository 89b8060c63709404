import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { narrowedSnapshot } from '../../../src/unused/replay.ts'
import { actLine } from './act-line.ts'
import type { Act } from './acts.ts'
import { course, isSmaller, type Step } from './api-server.ts'
import { cases } from './arbitrary-case.ts'
import { allows, holds, parts } from './holds.ts'
import { unusedOf } from './log.ts'

/** A world, what was done in it, and the same world narrowed to that. */
async function narrowed(world: Snapshot, made: readonly Act[]) {
  const courses = made.map((act) => ({ act, ...course(world, act) }))
  const lines = courses.map((one, at) => actLine(world, one.act, one, at % 60))
  const { report, narrowed: changes } = await unusedOf(world, lines)
  if (!changes) throw new Error('not narrowed')
  return { courses, report, changes, after: narrowedSnapshot(world, changes) }
}

test('of any world and any requests: narrowed, it refuses nothing that was done, and grants nothing that was not', async () => {
  const seen: Record<string, number> = {}
  const count = (what: string, by = 1) => void (seen[what] = (seen[what] ?? 0) + by)
  await fc.assert(
    fc.asyncProperty(cases, async ({ world, acts: made }) => {
      const { courses, report, changes, after } = await narrowed(world, made)
      // Our own word on it, and that of the API server, as we know it, on every request that was made.
      expect(report.narrowed?.replay.denied).toEqual([])
      expect(report.notes.filter((note) => note.includes('RBAC does not allow'))).toEqual([])
      for (const { act, end } of courses) {
        const then = course(after, act)
        if (end === 'done') expect({ act, end: isGone(world, after, act) ? 'done' : then.end }).toEqual({ act, end })
        else if (!isSmaller(world, after, act))
          expect({ act, isDone: then.end === 'done' }).toEqual({ act, isDone: false })
        count(`${act.kind} ${end}`)
      }
      // The server refuses a Role with URLs.
      expect(changes.roles.filter(({ kind, rules }) => kind === 'Role' && rules.some(hasUrls))).toEqual([])
      // Each part of what is left lets something pass that was done, and is all that is needed to.
      const taken = courses.flatMap(({ end, steps }) => taking(world, end, steps))
      for (const role of [...after.roles, ...after.clusterRoles]) {
        if (!isBound(after, role)) continue
        for (const part of role.rules.flatMap(parts)) {
          const alone = onlyRule(after, role, part)
          expect({ part, isUsed: taken.some((step) => isUsedBy(alone, world, step)) }).toEqual({ part, isUsed: true })
        }
      }
      count('narrowed', changes.roles.length)
    }),
    { numRuns: 120, seed: 7 },
  )
  // It would prove little where nothing was narrowed, or all ended alike.
  expect(seen['narrowed']).toBeGreaterThan(30)
  for (const kind of ['ask', 'impersonate', 'make', 'bind', 'role', 'approve'])
    expect([kind, seen[`${kind} done`]]).not.toEqual([kind, undefined])
}, 120_000)

// What was asked and met, whose use the log shows: of a request that failed after it was authorized, that alone.
function taking(world: Snapshot, end: string, steps: readonly Step[]): Step[] {
  return steps.filter((step) => end === 'done' || (step.at !== 'registry' && isPassed(world, step)))
}

function isPassed(world: Snapshot, { by, any }: Step): boolean {
  return any.some((right) => allows(world, by, right))
}

function isUsedBy(alone: Snapshot, before: Snapshot, step: Step): boolean {
  if (isPassed(before, step)) return isPassed(alone, step)
  const { by, holding } = step
  return holding?.rules.flatMap(parts).some((part) => holds(alone, by, holding.namespace, part)) ?? false
}

// A binding that was touched may be gone, with all its subjects.
function isGone(before: Snapshot, after: Snapshot, act: Act): boolean {
  return course(before, act).end === 'done' && course(after, act).end === 'missing' && act.kind === 'bind'
}

function isBound({ roleBindings, clusterRoleBindings }: Snapshot, { kind, name, namespace }: Role): boolean {
  return [...roleBindings, ...clusterRoleBindings].some(
    ({ roleRef, ...binding }) =>
      roleRef.kind === kind && roleRef.name === name && (kind === 'ClusterRole' || binding.namespace === namespace),
  )
}

// Nothing but this rule of this role.
function onlyRule(snapshot: Snapshot, role: Role, rule: Role['rules'][number]): Snapshot {
  const emptied = (list: Role[]) => list.map((one) => ({ ...one, rules: one === role ? [rule] : [] }))
  return { ...snapshot, roles: emptied(snapshot.roles), clusterRoles: emptied(snapshot.clusterRoles) }
}

function hasUrls({ nonResourceURLs }: Role['rules'][number]): boolean {
  return nonResourceURLs.length > 0
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerPaths } from '../../../src/attack/answer.ts'
import { allOf } from '../../../src/attack/answer-shown.ts'
import { bootstrapOf } from '../../../src/attack/bootstrap.ts'
import { groupsOf } from '../../../src/attack/structure.ts'
import type { AttackWorld } from '../../../src/attack/model.ts'
import type { Severity } from '../../../src/risks/finding.ts'
import { isAtLeast, severityOfWay } from '../../../src/risks/severity.ts'
import { whoText } from '../../../src/risks/who.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { drawnWorlds, worldOf } from '../attack/random-world.ts'
import { risksIn } from './worlds.ts'

test('whoever has a path to everything, or is in a group that has, has a finding as bad as that path is', async () => {
  await fc.assert(
    fc.asyncProperty(drawnWorlds, async (drawn) => {
      const world = worldOf(drawn)
      const findings = await risksIn(world)
      const groups = groupsByText(world)
      for (const { who, severity } of await waysIn(world)) {
        const told = new Set([who, ...(groups.get(who) ?? [])])
        const isTold = findings.some((each) => told.has(whoText(each)) && isAtLeast(each.severity, severity))
        expect(isTold, `${severity}: ${who}`).toBe(true)
      }
    }),
  )
}, 60_000)

async function waysIn(world: AttackWorld): Promise<{ who: string; severity: Severity }[]> {
  const bootstrap = await bootstrapOf(world.snapshot, world.state.version)
  const answer = answerPaths({ world, bootstrap, gaps: [], notes: [] }, { from: [], to: [{ kind: 'admin' }] })
  return Array.from(allOf(answer).paths, ({ from, hops }) => {
    const [waits, unsure] = [hops.some((hop) => hop.waits !== undefined), hops.some((hop) => hop.unsure !== undefined)]
    // Everything in a namespace is a hop of its own there, and part of the next here.
    return { who: from.text, severity: severityOfWay({ what: 'admin', hops: hops.length + 1, waits, unsure }) }
  })
}

function groupsByText({ snapshot, state }: AttackWorld): Map<string, string[]> {
  const bound = [...snapshot.clusterRoleBindings, ...snapshot.roleBindings].flatMap((binding) => binding.subjects)
  const accounts = state.accounts.map(({ namespace, name }): Subject => ({ kind: 'ServiceAccount', namespace, name }))
  const subjects = [...bound, ...accounts]
  const textOf = (subject: Subject) => whoText({ subject })
  return new Map(
    subjects.map((subject) => [textOf(subject), groupsOf(subject).map((name) => textOf({ kind: 'Group', name }))]),
  )
}

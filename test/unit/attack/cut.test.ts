import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerPaths, type Asked } from '../../../src/attack/answer.ts'
import { allOf } from '../../../src/attack/answer-shown.ts'
import { cutCommand } from '../../../src/attack/cut-command.ts'
import { cutTo } from '../../../src/attack/cut-plan.ts'
import { type Removal, worldWithout } from '../../../src/attack/cut-world.ts'
import type { AttackWorld } from '../../../src/attack/model.ts'
import type { Cut, Start, Target } from '../../../src/attack/report.ts'
import { parseStart } from '../../../src/attack/target.ts'
import { subjectKey } from '../../../src/rbac/identity.ts'
import { subjectsOf } from '../../../src/rbac/rbac-index.ts'
import type { Binding } from '../../../src/snapshot/objects.ts'
import { account, clusterBinding, group, hostileNames, roleBinding, user } from '../rbac/worlds.ts'
import { bootstrapWithout, drawnWorlds, worldOf } from './random-world.ts'

const admin: Target = { kind: 'admin' }
const targets: Target[] = [admin, { kind: 'node' }, { kind: 'secret', namespace: 'shop', name: 'token' }]

test('with what a cut takes away no way is left, and no smaller set does; what nothing breaks is said', () => {
  fc.assert(
    fc.property(
      drawnWorlds,
      fc.constantFrom(...targets),
      fc.option(fc.constant('binding-0'), { nil: undefined }),
      (drawn, to, own) => {
        const asked: Asked = { world: worldOf(drawn), bootstrap: bootstrapWithout(own), gaps: [], notes: [] }
        const plan = cutTo(asked, [], to)
        const stuck = new Set(plan.uncuttable.map(({ from }) => from.text))
        const left = (removal: Removal) => reaching(asked, removal, to).filter((text) => !stuck.has(text))
        expect(left(removalOf(asked.world, plan))).toEqual([])
        expect(plan.smallest).toBe(true)
        const all = bindingsOf(asked.world).filter(({ name }) => name !== own)
        // Nothing helps against these.
        for (const text of stuck) expect(reaching(asked, whole(all), to, [parseStart(text)])).toContain(text)
        for (const smaller of subsets(all, plan.remove.length - 1)) expect(left(whole(smaller))).not.toEqual([])
      },
    ),
    { numRuns: 80 },
  )
})

test('of one subject the ways are cut where it takes least: itself out of a binding, not the binding', () => {
  const world = worldOf({ roles: [[0]], bindings: [{ role: 0, at: 2, subjects: [0, 1] }] })
  const asked = { world, bootstrap: bootstrapWithout(), gaps: [], notes: [] }
  const [removed, ...others] = cutTo(asked, [user('alice')], admin).remove
  expect(others).toEqual([])
  expect(removed).toMatchObject({ subject: user('alice'), breaks: 1 })
  expect(removed?.command).toContain('kubectl patch clusterrolebinding.rbac.authorization.k8s.io --type=json')
  expect(cutTo(asked, [], admin).remove).toMatchObject([
    { breaks: 2, command: expect.stringContaining('kubectl delete') },
  ])
})

test('where it is not enough to take out the subject that a way is by, the binding goes', () => {
  // Alice has tokens of both accounts, by what may not be cut.
  const world = worldOf({
    roles: [[5], [0]],
    bindings: [
      { role: 0, at: 2, subjects: [0] },
      { role: 1, at: 2, subjects: [4, 5] },
    ],
  })
  const asked = { world, bootstrap: bootstrapWithout('binding-0'), gaps: [], notes: [] }
  const { remove } = cutTo(asked, [user('alice')], admin)
  expect(remove).toMatchObject([
    { grant: { binding: { name: 'binding-1' } }, command: expect.stringContaining('kubectl delete') },
  ])
  expect(remove[0]).not.toHaveProperty('subject')
})

test('a subject is named by its place, and by its name so that no other is taken out', () => {
  const binding = roleBinding('shop', 'b', 'edit', user('a'), account('shop', "o'x"), group('a'))
  const keys = new Set([subjectKey(user('a')), subjectKey(account('shop', "o'x"))])
  const words = wordsOf(cutCommand(binding, keys))
  expect(words.slice(0, 5)).toEqual(['kubectl', 'patch', 'rolebinding.rbac.authorization.k8s.io', '-n', 'shop'])
  expect(JSON.parse(words[words.indexOf('-p') + 1] ?? '')).toEqual([
    { op: 'test', path: '/subjects/1/name', value: "o'x" },
    { op: 'remove', path: '/subjects/1' },
    { op: 'test', path: '/subjects/0/name', value: 'a' },
    { op: 'remove', path: '/subjects/0' },
  ])
  expect(words.slice(-2)).toEqual(['--', 'b'])
})

test('a command is one of the shell whatever names are in it', () => {
  for (const name of hostileNames.filter((each) => !each.includes('\0') && each.length < 1000)) {
    const binding = clusterBinding(name, 'edit', user(`$(${name})`), user('other'))
    const words = wordsOf(cutCommand(binding, new Set([subjectKey(user(`$(${name})`))])))
    expect(words.at(-1)).toBe(name)
    expect(JSON.parse(words[words.indexOf('-p') + 1] ?? '')[0].value).toBe(`$(${name})`)
  }
})

function wordsOf(command: string): string[] {
  const printed = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
  return printed.split('\0').slice(0, -1)
}

function bindingsOf({ snapshot }: AttackWorld): Binding[] {
  return [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]
}

function whole(bindings: Binding[]): Removal {
  return new Map(
    bindings.map((binding) => [binding, new Set(subjectsOf(binding).map(({ subject }) => subjectKey(subject)))]),
  )
}

function removalOf(world: AttackWorld, { remove }: Cut): Removal {
  return new Map(
    remove.flatMap(({ grant, subject }) => {
      const bindings = bindingsOf(world).filter(({ name }) => name === grant.binding.name)
      if (!subject) return [...whole(bindings)]
      return bindings.map((binding): [Binding, Set<string>] => [binding, new Set([subjectKey(subject)])])
    }),
  )
}

function reaching(asked: Asked, removal: Removal, to: Target, from: Start[] = []): string[] {
  const { world } = worldWithout(asked.world, removal)
  return [...allOf(answerPaths({ ...asked, world }, { from, to: [to] })).paths].map(({ from }) => from.text)
}

function subsets<T>(items: readonly T[], size: number): T[][] {
  const masks = Array.from({ length: 2 ** items.length }, (_, mask) => mask)
  return masks
    .map((mask) => items.filter((_, index) => mask & (1 << index)))
    .filter(({ length }) => length === Math.max(size, 0) && size >= 0)
}

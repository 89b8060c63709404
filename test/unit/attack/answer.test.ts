import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerPaths, type Asked } from '../../../src/attack/answer.ts'
import { allOf, firstOf } from '../../../src/attack/answer-shown.ts'
import { buildGraph } from '../../../src/attack/build.ts'
import type { AttackPath, Holding, Hop, Start, Target } from '../../../src/attack/report.ts'
import { withBorrowed } from '../../../src/attack/search-graph.ts'
import { sourcesIn, subjectsAskedAbout } from '../../../src/attack/subjects.ts'
import { goalsOf, startNode } from '../../../src/attack/target.ts'
import { account, group, user } from '../rbac/worlds.ts'
import { bootstrapWithout, type Drawn, drawnWorlds, rights, worldOf } from './random-world.ts'
import { closureOf } from './random-graph.ts'
import { podIn } from './rules-world.ts'

const admin: Target = { kind: 'admin' }
const targets: Target[] = [
  admin,
  { kind: 'node' },
  { kind: 'node', name: 'worker' },
  { kind: 'namespace', namespace: 'shop' },
  { kind: 'secret', namespace: 'shop', name: 'token' },
  { kind: 'account', namespace: 'kube-system', name: 'app' },
]

function askedOf(drawn: Drawn): Asked {
  return { world: worldOf(drawn), bootstrap: bootstrapWithout(), gaps: [], notes: [] }
}

const [everything, createPods] = [0, 1]
const [tokens, impersonation, bindings, bind] = [5, 6, 8, 9]
const inCluster = 2
const [alice, bob, , authenticated] = [0, 1, 2, 3]

test('who has a row, or is counted as a member of who has one, is who comes to hold the target, and nobody else', () => {
  fc.assert(
    fc.property(drawnWorlds, fc.constantFrom(...targets), (drawn, to) => {
      const asked = askedOf(drawn)
      const graph = buildGraph(asked.world)
      const goals = goalsOf(to, graph)
      const sources = [...sourcesIn(graph, subjectsAskedAbout(asked.world, asked.bootstrap))]
      const reaches = (id: number, steps = graph.steps) => !closureOf(steps, [id]).isDisjointFrom(goals)
      const reaching = sources.filter(([id]) => !goals.has(id) && reaches(id))
      // A way of one's own goes by no group that one is in and that has a row itself: groups come before who is in them.
      const memberships = graph.steps.filter(({ rule }) => rule === 'member')
      const groupsOf = (id: number) => closureOf(memberships, [id]).difference(new Set([id]))
      const ids = new Set<number>()
      for (const [id] of reaching.toSorted(([one], [other]) => groupsOf(one).size - groupsOf(other).size)) {
        // Nor as whoever acts as a member of it.
        const barred = withBorrowed(groupsOf(id).intersection(ids), graph)
        const steps = graph.steps.filter(({ to }) => !barred.has(to))
        if (reaches(id, steps)) ids.add(id)
      }
      const own = reaching.filter(([id]) => ids.has(id))
      const answer = answerPaths(asked, { from: [], to: [to] })
      const rows = [...allOf(answer).paths].map(({ from }) => from.text)
      expect(rows.toSorted()).toEqual(own.map(([, text]) => text).sort())
      const members = answer.notes.flatMap((line) => /^(\d+) more subjects reach/.exec(line)?.[1] ?? [])
      expect(rows.length + members.reduce((sum, count) => sum + Number(count), 0)).toBe(reaching.length)
      expect(answer.rows[0]?.count).toBe(rows.length)
    }),
    { numRuns: 100 },
  )
})

/** How many hops need one of these. */
function usesOf(hops: readonly Hop[], needs: readonly number[]): number {
  return hops.filter((hop) => hop.needs.some((need) => needs.includes(need))).length
}

test('each way is walked hop by hop: what a hop starts from is what those before it gave, and the last gives the target', () => {
  fc.assert(
    fc.property(drawnWorlds, fc.constantFrom(...targets), (drawn, to) => {
      for (const { from, hops } of allOf(answerPaths(askedOf(drawn), { from: [], to: [to] })).paths) {
        for (const [index, hop] of hops.entries()) {
          expect(hop.needs.every((need) => need < index)).toBe(true)
          // A request of one's own may be joined with what was won before.
          const won = hop.needs.flatMap((need) => hops[need]?.to ?? [])
          // Where several of a whole are used, by several hops or, of roles that may be given, by one, it leads to the whole.
          const isOne = ({ kind }: Holding) => kind !== 'ability' && !kind.startsWith('any-')
          const isSeveral = usesOf(hops, hop.needs) > 1 || hop.from.kind === 'free-role'
          if (won.some((each) => !isOne(each)) && isOne(hop.from) && isSeveral) continue
          expect([from.text, ...won.map(({ text }) => text)]).toContain(hop.from.text)
        }
        // Every hop but the last is needed by a later one.
        const needed = new Set(hops.flatMap(({ needs }) => needs))
        expect([...needed].sort((a, b) => a - b)).toEqual([...hops.keys()].slice(0, -1))
      }
    }),
    { numRuns: 100 },
  )
})

test('of one who is named all ways to what is named, the shortest first; with a limit, as many as it lets', () => {
  fc.assert(
    fc.property(drawnWorlds, fc.constantFrom(...targets), (drawn, to) => {
      const asked = askedOf(drawn)
      const from: Start[] = [user('alice')]
      const graph = buildGraph(asked.world)
      const [start, goals] = [startNode(user('alice'), graph), goalsOf(to, graph)]
      const isReached = !closureOf(graph.steps, [start]).isDisjointFrom(goals)
      const lengths = (maxHops?: number) =>
        [...allOf(answerPaths(asked, { from, to: [to], ...(maxHops ? { maxHops } : {}) })).paths].map(
          ({ hops }) => hops.length,
        )
      const all = lengths()
      expect(all.length > 0).toBe(isReached)
      expect(all).toEqual(all.toSorted((a, b) => a - b))
      expect(lengths(1)).toEqual(all.filter((length) => length === 1))
    }),
    { numRuns: 100 },
  )
})

test('a right of everybody is one row, before all others; what somebody has beside it is another', () => {
  const asked = askedOf({
    roles: [[everything]],
    bindings: [
      { role: 0, at: inCluster, subjects: [bob] },
      { role: 0, at: inCluster, subjects: [authenticated] },
    ],
  })
  const answer = answerPaths(asked, { from: [], to: [admin] })
  expect(textsOf(answer)).toEqual(['group:system:authenticated', 'user:bob'])
  expect(answer.notes).toContain('2 more subjects reach admin as members of group:system:authenticated alone')
})

test('a hop says the grant: binding, role, rule, and the group by which it is held', () => {
  const asked = askedOf({
    roles: [[bindings, bind], [everything]],
    bindings: [{ role: 0, at: inCluster, subjects: [authenticated] }],
  })
  const [path] = allOf(answerPaths(asked, { from: [user('carol')], to: [admin] })).paths
  expect(path?.from).toEqual({ kind: 'subject', text: 'user:carol' })
  expect(path?.hops[0]).toMatchObject({
    groups: ['system:authenticated'],
    from: { text: 'user:carol' },
    grants: expect.arrayContaining([
      {
        binding: { kind: 'ClusterRoleBinding', name: 'binding-0' },
        roleRef: { kind: 'ClusterRole', name: 'role-0' },
        rule: { index: 0, ...rights[bindings] },
        subjectMatch: group('system:authenticated'),
      },
    ]),
  })
})

test('of any service account the one that is used is named', () => {
  const asked = askedOf({
    roles: [[tokens], [everything]],
    bindings: [
      { role: 0, at: 1, subjects: [alice] },
      { role: 1, at: inCluster, subjects: [5] },
    ],
  })
  const [path] = allOf(answerPaths(asked, { from: [user('alice')], to: [admin] })).paths
  expect(path?.hops.map(({ rule, from, to }) => [rule, from.text, to.text])).toEqual([
    ['sa-token', 'user:alice', 'sa:kube-system/app'],
    ['wildcard', 'sa:kube-system/app', 'admin'],
  ])
})

test('asked without a target, ways to a node by admin are left out, and it is said what else is held', () => {
  const asked = askedOf({
    roles: [[everything], [createPods]],
    bindings: [
      { role: 0, at: inCluster, subjects: [alice] },
      { role: 1, at: 1, subjects: [bob] },
    ],
  })
  const byTarget = (from: Start[]) => answerPaths(asked, { from }).rows.map(({ to, count }) => [to.kind, count])
  expect(byTarget([user('bob')])).toEqual([
    ['admin', 0],
    ['node', 1],
  ])
  expect(answerPaths(asked, { from: [user('bob')] }).notes.join()).toMatch(
    /user:bob also .*acts as 2 service accounts \(sa:/,
  )
  expect(answerPaths(asked, { from: [user('alice')] }).notes.join()).not.toContain('also')
})

test('who reaches a target only as what he could become, of a group that he is in himself, has no way of his own', () => {
  const [inShop, ofShop] = [0, 7]
  const asked = askedOf({
    roles: [[everything], [tokens]],
    bindings: [
      { role: 0, at: inCluster, subjects: [ofShop] },
      { role: 1, at: inShop, subjects: [4] },
    ],
  })
  // sa:shop/app may have a token of itself issued, and is in the group as before.
  expect(textsOf(answerPaths(asked, { from: [], to: [admin] }))).toEqual(['group:system:serviceaccounts:shop'])
})

test('no way goes through the one that it starts from: to become oneself is no gain, however it is put', () => {
  const inShop = 0
  const asked = askedOf({
    roles: [[impersonation, tokens], [everything]],
    bindings: [
      { role: 0, at: inShop, subjects: [4] },
      { role: 0, at: 1, subjects: [4] },
      { role: 1, at: inCluster, subjects: [5] },
    ],
  })
  const ways = [...allOf(answerPaths(asked, { from: [account('shop', 'app')], to: [admin] })).paths]
  expect(ways.map(({ hops }) => hops.map(({ rule, to }) => `${rule} ${to.text}`))).toEqual([
    ['sa-token sa:kube-system/app', 'wildcard admin'],
    ['imp-sa sa:kube-system/app', 'wildcard admin'],
  ])
})

test('whoever may become itself, and whatever else is held, is nowhere on its own ways', () => {
  fc.assert(
    fc.property(drawnWorlds, fc.nat({ max: rights.length - 1 }), fc.constantFrom(...targets), (drawn, right, to) => {
      const roles = [...drawn.roles, [impersonation, right]]
      const bindings = [...drawn.bindings, { role: roles.length - 1, at: 0, subjects: [4] }]
      const start = account('shop', 'app')
      const { paths } = allOf(answerPaths(askedOf({ roles, bindings }), { from: [start], to: [to] }))
      for (const { from, hops } of paths) expect(hops.map((hop) => hop.to.text)).not.toContain(from.text)
    }),
    { numRuns: 100 },
  )
})

test('what is shown is cut to what a reader takes in, with how many more there are', () => {
  const asked = askedOf({ roles: [[everything]], bindings: [{ role: 0, at: inCluster, subjects: [0, 1, 2] }] })
  const answer = answerPaths(asked, { from: [], to: [admin] })
  expect(firstOf(answer, 2)).toMatchObject({ paths: { length: 2 }, more: [{ to: admin, count: 1 }] })
  expect(firstOf(answer, 3)).not.toHaveProperty('more')
  expect([...allOf(answer).paths]).toHaveLength(3)
})

test('of a pod in which nothing runs it is said', () => {
  const asked = askedOf({ roles: [], bindings: [] })
  const state = { ...asked.world.state, pods: [podIn('shop', 'late', { phase: 'Pending' }), podIn('shop', 'up', {})] }
  const notesOf = (name: string) =>
    answerPaths({ ...asked, world: { ...asked.world, state } }, { from: [{ kind: 'Pod', namespace: 'shop', name }] })
      .notes
  expect(notesOf('late')).toContain('pod:shop/late is Pending: no code runs in it, so nothing is reached from it')
  expect(notesOf('up').join()).not.toContain('no code runs')
})

test('what does not exist is said, and what could not be read is not said to be missing', () => {
  const asked = askedOf({ roles: [], bindings: [] })
  const ask =
    (to: Target, { world } = asked) =>
    () =>
      answerPaths({ ...asked, world }, { from: [], to: [to] })
  expect(ask({ kind: 'secret', namespace: 'shop', name: 'none' })).toThrow(
    '--to secret:shop/none: there is no such object in this cluster',
  )
  expect(ask({ kind: 'namespace', namespace: 'none' })).toThrow('ns:none')
  expect(ask({ kind: 'node', name: 'none' })).toThrow('node:none')
  expect(ask({ kind: 'account', namespace: 'shop', name: 'none' })).toThrow('sa:shop/none')
  expect(() => answerPaths(asked, { from: [{ kind: 'Pod', namespace: 'shop', name: 'none' }] })).toThrow(
    '--from pod:shop/none',
  )
  expect(() => answerPaths(asked, { from: [{ kind: 'Node', name: 'none' }] })).toThrow('--from node:none')
  const gap = { what: 'list secrets', resource: 'secrets', why: '403', hides: 'ways' }
  const unread = { ...asked.world, state: { ...asked.world.state, secrets: [], gaps: [gap] } }
  expect(ask({ kind: 'secret', namespace: 'shop', name: 'none' }, { ...asked, world: unread })().notes).toContain(
    'secret:shop/none is not in what could be read: it is taken to exist',
  )
  expect(
    answerPaths(asked, { from: [account('shop', 'none'), user('nobody')] }).rows.every(({ count }) => count === 0),
  ).toBe(true)
})

test('that an account does not exist is said, though RBAC takes any', () => {
  const asked = askedOf({ roles: [[everything]], bindings: [{ role: 0, at: inCluster, subjects: [alice] }] })
  const notesOf = (start: Start, { world } = asked) => answerPaths({ ...asked, world }, { from: [start] }).notes
  expect(notesOf(account('shop', 'appp'))).toContain('service account shop/appp does not exist')
  expect(notesOf(account('shop', 'app')).join()).not.toContain('exist')
  expect(notesOf(user('nobody'))).toContain('no binding names user:nobody')
  expect(notesOf(user('alice')).join()).not.toContain('no binding')
  const gap = { what: 'list', resource: 'rolebindings', why: '403', hides: 'grants' }
  const unread = { ...asked.world, snapshot: { ...asked.world.snapshot, gaps: [gap] } }
  expect(notesOf(user('nobody'), { ...asked, world: unread }).join()).not.toContain('no binding')
})

function textsOf(answer: ReturnType<typeof answerPaths>): string[] {
  return [...allOf(answer).paths].map(({ from }: AttackPath) => from.text)
}

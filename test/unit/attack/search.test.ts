import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reachers } from '../../../src/attack/search-all.ts'
import { backward } from '../../../src/attack/search-backward.ts'
import { Forward, type Way } from '../../../src/attack/search-forward.ts'
import { searchGraphOf, unreached, weightOf } from '../../../src/attack/search-graph.ts'
import { Queue } from '../../../src/attack/search-queue.ts'
import { allWays } from '../../../src/attack/ways.ts'
import { closureOf, costOf, graphOf, isDerivation, leastSets, randomGraphs, treeCosts } from './random-graph.ts'

const runs = { numRuns: 1000 }
const keyOf = ({ steps }: Way) => steps.toSorted((a, b) => a - b).join()

test('a queue gives out by cost, then by number', () => {
  const entries = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 })))
  fc.assert(
    fc.property(entries, (drawn) => {
      const queue = new Queue()
      for (const [cost, id] of drawn) queue.push(cost, id)
      const out = drawn.map(() => queue.pop())
      expect(out).toEqual(drawn.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]).map(([cost, id]) => ({ cost, id })))
      expect(queue.pop()).toBeUndefined()
    }),
  )
})

test('forwards: all that follows and nothing else, by ways that hold, no dearer than premise by premise', () => {
  fc.assert(
    fc.property(randomGraphs(), fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 2 }), (graph, held) => {
      const forward = new Forward(searchGraphOf(graph))
      const reached = closureOf(graph.steps, held)
      expect(new Set(forward.all(held))).toEqual(reached)
      const dearest = treeCosts(graph, held)
      for (const goal of graph.nodes.keys()) {
        const way = forward.wayTo(held, new Set([goal]))
        expect(way !== undefined).toBe(reached.has(goal))
        if (!way) continue
        expect(isDerivation(graph, held, goal, way.steps)).toBe(true)
        expect(way.cost).toBe(costOf(graph, way.steps))
        expect(way.cost).toBeLessThanOrEqual(dearest[goal] ?? 0)
      }
    }),
    runs,
  )
})

test('where no steps join, a way is the shortest there is', () => {
  fc.assert(
    fc.property(randomGraphs(), fc.nat({ max: 7 }), (drawn, goal) => {
      const graph = graphOf(
        8,
        drawn.steps.map((step) => ({ ...step, from: step.from.slice(0, 1) })),
      )
      const least = treeCosts(graph, [0])[goal]
      expect(new Forward(searchGraphOf(graph)).wayTo([0], new Set([goal]))?.cost ?? Number.POSITIVE_INFINITY).toBe(
        least,
      )
    }),
    runs,
  )
})

test('backwards: one premise for all is a bound from below, single steps one from above', () => {
  fc.assert(
    fc.property(randomGraphs({ steps: 9 }), fc.nat({ max: 7 }), (graph, goal) => {
      const searched = searchGraphOf(graph)
      const least = backward(searched, [goal], 'any').costs
      const sure = backward(searched, [goal], 'single').costs
      for (const source of graph.nodes.keys()) {
        const sets = source === goal ? [{ cost: 0 }] : leastSets(graph, [source], goal)
        const cost = Math.min(unreached, ...sets.map((set) => set.cost))
        expect(least[source]).toBeLessThanOrEqual(cost)
        expect(sure[source]).toBeGreaterThanOrEqual(cost)
      }
    }),
    { numRuns: 100 },
  )
})

test('who reaches a goal: each source as if asked alone, as cheaply, whoever else is asked about', () => {
  const blocking = fc.uniqueArray(fc.nat({ max: 13 }), { maxLength: 3 })
  fc.assert(
    fc.property(randomGraphs(), fc.nat({ max: 7 }), blocking, (graph, goal, without) => {
      const blocked = new Set(without)
      const sources = [...graph.nodes.keys()].filter((source) => source !== goal)
      const answer = reachers(searchGraphOf(graph), sources, new Set([goal]), { blocked })
      const kept = graphOf(
        8,
        graph.steps.map((step, id) => (blocked.has(id) ? { ...step, to: step.from[0] ?? 0 } : step)),
      )
      const reaching = sources.filter((source) => closureOf(kept.steps, [source]).has(goal))
      expect(answer.found.map(({ source }) => source)).toEqual(reaching)
      for (const { source, cost } of answer.found) {
        expect(cost).toBeLessThanOrEqual(treeCosts(kept, [source])[goal] ?? 0)
        const way = answer.wayOf(source)
        expect(way?.cost).toBe(cost)
        expect(isDerivation(kept, [source], goal, way?.steps ?? [])).toBe(true)
        expect(costOf(kept, way?.steps ?? [])).toBe(cost)
      }
    }),
    runs,
  )
})

test('a way on which steps join is taken where it is shorter than one of single steps', () => {
  const graph = graphOf(4, [
    { rule: 'each', from: [0], to: 1 },
    { rule: 'exec', from: [0, 1], to: 3 },
    { rule: 'exec', from: [0], to: 2 },
    { rule: 'exec', from: [2], to: 3 },
  ])
  const answer = reachers(searchGraphOf(graph), [0], new Set([3]))
  expect(answer.found).toEqual([{ source: 0, cost: weightOf({ rule: 'exec', from: [], to: 0 }) }])
  expect(answer.wayOf(0)?.steps).toEqual([0, 1])
})

test('what is found for one is taken for another only where both may go the same ways', () => {
  const joined = graphOf(5, [
    { rule: 'each', from: [0], to: 2 },
    { rule: 'each', from: [1], to: 2 },
    { rule: 'exec', from: [0, 2], to: 4 },
    { rule: 'exec', from: [1, 3], to: 4 },
  ])
  expect(reachers(searchGraphOf(joined), [0, 1], new Set([4])).found).toMatchObject([{ source: 0 }])
  // 0 is in the group 5, which has its own way; 1 may become a member of it.
  const grouped = graphOf(9, [
    { rule: 'member', from: [0], to: 5 },
    { rule: 'member', from: [0], to: 8 },
    { rule: 'member', from: [1], to: 8 },
    { rule: 'each', from: [0], to: 2 },
    { rule: 'each', from: [1], to: 2 },
    { rule: 'exec', from: [2], to: 5 },
    { rule: 'exec', from: [5], to: 4 },
    { rule: 'exec', from: [2, 7], to: 4 },
  ])
  const { found, members } = reachers(searchGraphOf(grouped), [5, 0, 1], new Set([4]))
  expect(found.map(({ source }) => source)).toEqual([5, 1])
  expect([...members]).toEqual([[5, 1]])
})

test('every way that differs in its grants is found once, and none before a shorter one', () => {
  fc.assert(
    fc.property(randomGraphs({ nodes: 6, steps: 8 }), (graph) => {
      const { ways, isAll } = allWays(searchGraphOf(graph), [0], new Set([1]), { count: 1000, keyOf })
      expect(isAll).toBe(true)
      const sets = ways.map(keyOf)
      expect(new Set(sets).size).toBe(sets.length)
      expect(sets).toEqual(expect.arrayContaining(leastSets(graph, [0], 1).map(({ steps }) => steps.join())))
      for (const { steps } of ways) expect(isDerivation(graph, [0], 1, steps)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('ways are counted to a limit, and it is said that there are more', () => {
  const steps = Array.from({ length: 5 }, (_, ruleIndex) => ({
    rule: 'exec' as const,
    from: [0],
    to: 1,
    rights: [{ role: { kind: 'ClusterRole' as const, name: 'r', labels: {}, rules: [] }, ruleIndex }],
  }))
  const graph = searchGraphOf(graphOf(2, steps))
  expect(allWays(graph, [0], new Set([1]), { count: 3, keyOf })).toMatchObject({ ways: { length: 3 }, isAll: false })
  expect(allWays(graph, [0], new Set([1]), { count: 5, keyOf })).toMatchObject({ ways: { length: 5 }, isAll: true })
})

test('of equal length, what waits for nobody and is sure comes first', () => {
  const step = { rule: 'exec' as const, from: [0], to: 1 }
  const graph = graphOf(2, [{ ...step, waits: 'for it' }, { ...step, unsure: 'perhaps' }, step])
  expect(new Forward(searchGraphOf(graph)).wayTo([0], new Set([1]))?.steps).toEqual([2])
  const [waits, unsure, plain] = graph.steps.map(weightOf)
  expect([plain, unsure, waits]).toEqual([plain, unsure, waits].sort((a, b) => Number(a) - Number(b)))
  expect(weightOf({ ...step, rule: 'each', waits: 'for it', unsure: 'perhaps' })).toBeLessThan(plain ?? 0)
})

import { expect, test } from 'vitest'
import { answerPaths } from '../../../src/attack/answer.ts'
import { allOf } from '../../../src/attack/answer-shown.ts'
import { createGraph } from '../../../src/attack/graph.ts'
import { hopsOf } from '../../../src/attack/hops.ts'
import type { StateFact } from '../../../src/attack/model.ts'
import { bootstrapWithout } from './random-world.ts'
import { admin, anyNode, as, sa, space, worldWith } from './rules-world.ts'

test('a move that is used as two things leads to what is won by it, which the next one starts from', () => {
  const world = worldWith(
    [
      ['alice', 'shop', { verbs: ['create'], resources: ['pods'] }],
      ['system:serviceaccount:shop:app', undefined, { verbs: ['patch'], resources: ['namespaces'] }],
    ],
    { namespaces: [space('shop', 'restricted')], accounts: [{ namespace: 'shop', name: 'app', annotations: {} }] },
  )
  const query = { from: [{ kind: 'User', name: 'alice' } as const], to: [{ kind: 'node' } as const] }
  const [path] = allOf(answerPaths({ world, bootstrap: bootstrapWithout(), gaps: [], notes: [] }, query)).paths
  expect(path?.hops.map(({ rule, from, to, needs }) => [rule, from.text, to.text, needs])).toEqual([
    ['pod-create', 'user:alice', 'sa:shop/app', []],
    ['ns-label', 'sa:shop/app', 'any-node', [0]],
  ])
})

test('what structure rests on is told with the move that uses it, and behind the last one with that', () => {
  const graph = createGraph(() => {})
  const [alice, shop, account, node, end] = [
    as('alice'),
    { kind: 'ability', ability: 'create-pods', scope: 'shop' } as const,
    sa('shop', 'app'),
    anyNode,
    admin,
  ].map((each) => graph.node(each)) as [number, number, number, number, number]
  const fact = (name: string): StateFact => ({ kind: 'Pod', name, says: 'is there' })
  graph.add({ rule: 'part', from: [alice], to: shop, state: [fact('a')], unsure: 'perhaps' })
  graph.add({ rule: 'pod-create', from: [shop], to: account, state: [fact('b')], unsure: 'or not' })
  graph.add({ rule: 'pod-escape', from: [account], to: node })
  graph.add({ rule: 'each', from: [node], to: end, state: [fact('c')], waits: 'until then' })
  const hops = hopsOf(worldWith([]), graph, { goal: end, steps: [0, 1, 2, 3] })
  expect(hops.map(({ state, waits, unsure }) => [state.map(({ name }) => name), waits, unsure])).toEqual([
    [['a', 'b'], undefined, 'perhaps; or not'],
    [['c'], 'until then', undefined],
  ])
})

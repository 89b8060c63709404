import type { AttackRule } from '../model.ts'
import { abilityFor } from './abilities.ts'
import { everythingIn } from './everything.ts'
import { isFirst } from './once.ts'

/**
 * Labels a ClusterRole of its own making, so that the controller copies its rules into an aggregated role that somebody holds. A write is asked about all
 * rules of the role that is labelled: without `escalate` nobody gets more so than the writer has. Source: clusterrole/policybased; seen on a real server.
 */
export const aggregateRule: AttackRule = {
  id: 'aggregate',
  title: 'Has the controller copy any rights into an aggregated role that it holds',
  joins: (graph) => {
    const fills = (['fill-cluster-role', 'make-cluster-roles'] as const).flatMap((ability) => {
      const id = abilityFor(graph, ability, '*')
      return id === undefined ? [] : [id]
    })
    if (fills.length === 0) return
    for (const [id, node] of graph.nodes.entries()) {
      if (node.kind !== 'role' || !node.role.aggregation?.length) continue
      for (const from of fills) {
        if (!isFirst(graph, `aggregate ${from} ${id}`)) continue
        const { name, kind } = node.role
        const state = [{ kind, name, field: 'aggregationRule', says: 'takes the rules of roles that have a label' }]
        graph.add({ rule: 'aggregate', from: [from, id], to: everythingIn(graph, node.scope), state })
      }
    }
  },
}

import { isAccountThere } from '../accounts.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackRule, Power, StateFact } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { type Minting, mintings } from './minting.ts'
import { isFirst } from './once.ts'
import { addWays, creatable, hasEverything } from './parts.ts'

const accounts: Power = { verb: 'create', group: '', resource: 'serviceaccounts', subresource: '', namespaced: true }
const namespaces: Power = { verb: 'create', group: '', resource: 'namespaces', subresource: '', namespaced: false }

/** Creates a service account that bindings name and that does not exist, and then a token or a pod of it; each request may be another's. */
export const danglingAccountRule: AttackRule = {
  id: 'dangling-sa',
  title: 'Creates the missing service account of a binding, and acts as it',
  role: (held, graph) => {
    if (hasEverything(held)) return
    for (const part of creatable(held, accounts)) {
      const named = part.name === undefined ? {} : { name: part.name }
      const to = graph.node({ kind: 'ability', ability: 'create-accounts', scope: part.scope, ...named })
      addWays(held, graph, part, { rule: 'part', to })
    }
    for (const part of creatable(held, namespaces)) {
      const named = part.name === undefined ? {} : { name: part.name }
      const to = graph.node({ kind: 'ability', ability: 'create-namespaces', scope: '*', ...named })
      addWays(held, graph, part, { rule: 'part', to })
    }
  },
  joins: (graph, world) => {
    if (abilitiesOf(graph, 'create-accounts').length === 0) return
    const isThere = isAccountThere(world)
    const known = new Set(lookupsOf(world).namespaces)
    const minted = mintings(graph, world)
    for (const [id, node] of graph.nodes.entries()) {
      if (node.kind !== 'subject' || node.borrowed || node.subject.kind !== 'ServiceAccount' || isThere(node.subject))
        continue
      const { namespace = '', name } = node.subject
      const creates = abilityFor(graph, 'create-accounts', namespace, name)
      if (creates === undefined) continue
      const place = known.has(namespace) ? [] : [abilityFor(graph, 'create-namespaces', '*', namespace)]
      const tokens = abilityFor(graph, 'create-tokens', namespace, name)
      const pods = abilityFor(graph, 'create-pods', namespace)
      const fact: StateFact = { kind: 'ServiceAccount', namespace, name, says: 'does not exist, and bindings name it' }
      const here = minted.filter(({ scope }) => scope === '*' || scope === namespace)
      const alone = [tokens, pods].flatMap((ability): Omit<Minting, 'scope'>[] => {
        return ability === undefined ? [] : [{ from: [ability] }]
      })
      for (const { from: way, state = [] } of [...alone, ...here]) {
        const from = [creates, ...place, ...way].filter((part) => part !== undefined)
        if (from.length < 1 + place.length + way.length) continue
        if (!isFirst(graph, `dangling-sa ${from.join(' ')} ${id}`)) continue
        graph.add({ rule: 'dangling-sa', from, to: id, state: [fact, ...state] })
      }
    }
  },
}

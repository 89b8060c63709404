import { isAccountThere } from '../accounts.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackRule, Power } from '../model.ts'
import { addWays, hasEverything, partsOf } from './parts.ts'

const token: Power = { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespaced: true }

/** Asks for a token of a service account: of one that is there, and names are honoured (docs/rbac.md, case 8). */
export const tokenRule: AttackRule = {
  id: 'sa-token',
  title: 'Has a token issued for the service account',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    for (const part of partsOf(held, token)) {
      const { scope, name } = part
      // For accounts that are still to be created.
      const named = name === undefined ? {} : { name }
      const ability = graph.node({ kind: 'ability', ability: 'create-tokens', scope, ...named })
      addWays(held, graph, part, { rule: 'part', to: ability })
      if (name === undefined) {
        addWays(held, graph, part, { rule: 'sa-token', to: graph.node({ kind: 'any-account', scope }) })
        continue
      }
      const isThere = isAccountThere(world)
      for (const namespace of scope === '*' ? lookupsOf(world).namespacesWithAccount(name) : [scope]) {
        const subject = { kind: 'ServiceAccount', namespace, name } as const
        if (!isThere(subject)) continue
        addWays(held, graph, part, { rule: 'sa-token', to: graph.node({ kind: 'subject', subject }) })
      }
    }
  },
}

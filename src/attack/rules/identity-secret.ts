import { isAccountThere } from '../accounts.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackGraph, AttackRule, AttackWorld, Power, StateFact } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { isFirst } from './once.ts'
import { makeable } from './new-names.ts'
import { addWays, hasEverything, type Part, partsOf } from './parts.ts'

const secret = (verb: string): Power => ({ verb, group: '', resource: 'secrets', subresource: '', namespaced: true })
const reads = ['get', 'list', 'watch'].map(secret)
const create = secret('create')

/** Reads secrets: get, list or watch alone is enough, and on a name all three read that one (docs/rbac.md, case 7). */
export const secretReadRule: AttackRule = {
  id: 'secret-read',
  title: 'Reads the secret, and is whom it is a token of',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    for (const part of partsOf(held, ...reads)) {
      for (const to of secretsOf(part, graph, world)) addWays(held, graph, part, { rule: 'secret-read', to })
    }
  },
  state: (graph, world) => {
    const isThere = isAccountThere(world)
    for (const { namespace, name, serviceAccount, type } of world.state.secrets) {
      if (serviceAccount === undefined || (type !== undefined && type !== 'kubernetes.io/service-account-token'))
        continue
      const subject = { kind: 'ServiceAccount', namespace, name: serviceAccount } as const
      // Without its account a token is refused, and soon removed.
      if (!isThere(subject)) continue
      const from = [graph.node({ kind: 'secret', namespace, name })]
      const field = 'metadata.annotations[kubernetes.io/service-account.name]'
      const fact: StateFact = { kind: 'Secret', namespace, name, field, says: `names ${serviceAccount}` }
      graph.add({ rule: 'secret-read', from, to: graph.node({ kind: 'subject', subject }), state: [fact] })
    }
  },
}

function secretsOf({ scope, name }: Part, graph: AttackGraph, world: AttackWorld): number[] {
  if (name === undefined) return [graph.node({ kind: 'any-secret', scope })]
  const { namespacesWithSecret, areSecretsUnread } = lookupsOf(world)
  const known = namespacesWithSecret(name)
  const namespaces = scope === '*' ? known : known.includes(scope) || areSecretsUnread(scope) ? [scope] : []
  return namespaces.map((namespace) => graph.node({ kind: 'secret', namespace, name }))
}

/**
 * Creates a Secret of type service-account-token: the controller fills it with a token of any account of the namespace, for whoever reads it. The name is
 * the creator's to choose, so a right to read one name is enough. The two requests may be two subjects'.
 */
export const secretMintRule: AttackRule = {
  id: 'secret-mint',
  title: 'Creates a token secret for any service account of the namespace, and reads it',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    const { namespacesWithSecret } = lookupsOf(world)
    const parts = [
      ...partsOf(held, ...reads).map((part) => ({ ability: 'read-secrets', part }) as const),
      ...makeable(held, create, world, namespacesWithSecret).map(
        (part) => ({ ability: 'create-secrets', part }) as const,
      ),
    ]
    for (const { ability, part } of parts) {
      const { scope, name } = part
      const to = graph.node({ kind: 'ability', ability, scope, ...(name === undefined ? {} : { name }) })
      addWays(held, graph, part, { rule: 'part', to })
    }
  },
  joins: (graph) => {
    for (const ability of ['create-secrets', 'read-secrets'] as const) {
      for (const { scope, name } of abilitiesOf(graph, ability)) mint(graph, scope, name)
    }
  },
}

function mint(graph: AttackGraph, scope: string, name: string | undefined): void {
  const creates = abilityFor(graph, 'create-secrets', scope, name)
  const from = creates === undefined ? undefined : abilityFor(graph, 'read-secrets', scope, name)
  if (creates === undefined || from === undefined || !isFirst(graph, `mint ${creates} ${from}`)) return
  graph.add({ rule: 'secret-mint', from: [creates, from], to: graph.node({ kind: 'any-account', scope }) })
}

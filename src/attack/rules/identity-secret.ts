import { isAccountThere } from '../accounts.ts'
import { isToken, lookupsOf } from '../lookups.ts'
import type { AttackGraph, AttackRule, AttackWorld, Power, StateFact } from '../model.ts'
import { mintings } from './minting.ts'
import { isFirst } from './once.ts'
import { addWays, creatable, hasEverything, type Part, partsOf } from './parts.ts'

const secret = (verb: string): Power => ({ verb, group: '', resource: 'secrets', subresource: '', namespaced: true })
// The answers to a patch (an empty one, as a dry run), to a deletion that waits for dependants (as a dry run) and to the deletion of a collection are what was
// there, with its values; to a PUT it is what was sent. Seen on a real server of 1.34.
const reads = ['get', 'list', 'watch', 'patch', 'delete', 'deletecollection'].map(secret)
const create = secret('create')
const changes = ['update', 'patch'].map(secret)
const removes = ['delete', 'deletecollection'].map(secret)

/** Reads secrets: each of the verbs alone is enough, and on a name all but deletecollection read that one (docs/rbac.md, case 7). */
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
    for (const { namespace, name, serviceAccount = '' } of world.state.secrets.filter(isToken)) {
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
 * Makes a Secret of type service-account-token: the controller fills it with a token of any account of the namespace, for whoever reads it. One that
 * is there is made another account's by its annotation, without its token and the account's uid.
 */
export const secretMintRule: AttackRule = {
  id: 'secret-mint',
  title: 'Makes a token secret for any service account of the namespace, and reads it',
  role: (held, graph) => {
    if (hasEverything(held)) return
    const parts = {
      'read-secrets': partsOf(held, ...reads),
      'create-secrets': creatable(held, create),
      'change-secrets': partsOf(held, ...changes),
      'remove-secrets': partsOf(held, ...removes),
    }
    for (const ability of ['read-secrets', 'create-secrets', 'change-secrets', 'remove-secrets'] as const) {
      for (const part of parts[ability]) {
        const { scope, name } = part
        const to = graph.node({ kind: 'ability', ability, scope, ...(name === undefined ? {} : { name }) })
        addWays(held, graph, part, { rule: 'part', to })
      }
    }
  },
  joins: (graph, world) => {
    for (const { scope, ...way } of mintings(graph, world)) {
      if (!isFirst(graph, `mint ${way.from.join(' ')}`)) continue
      graph.add({ ...way, rule: 'secret-mint', to: graph.node({ kind: 'any-account', scope }) })
    }
  },
}

import { lookupsOf } from '../lookups.ts'
import type { Ability, AttackGraph, AttackWorld, StateFact, Step } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'

/** Who can have a token secret of any account made in a scope, and reads it: what that takes. */
export type Minting = { scope: string; from: number[] } & Pick<Step, 'state' | 'unsure'>

/** Every pair of abilities that meet, which may be of two subjects: to make such a secret, or make one that is there another's, and to read it. */
export function mintings(graph: AttackGraph, world: AttackWorld): Minting[] {
  const found = new Map<string, Minting>()
  const add = (abilities: Ability[], ways: typeof byNewSecret) => {
    for (const ability of abilities) {
      for (const { scope, name } of abilitiesOf(graph, ability)) {
        for (const each of ways(scope, name, graph, world)) found.set(each.from.join(), each)
      }
    }
  }
  add(['create-secrets', 'read-secrets'], byNewSecret)
  add(['change-secrets', 'read-secrets'], byOldSecret)
  return [...found.values()]
}

/**
 * The secret's name is its maker's to choose, so a right to read one name is enough; but under a name that a secret has, that must be deleted first: an apply
 * cannot change its type (seen on a real server).
 */
function byNewSecret(scope: string, name: string | undefined, graph: AttackGraph, world: AttackWorld): Minting[] {
  const from = pairOf('create-secrets', scope, name, graph)
  if (!from) return []
  if (name === undefined) return [{ scope, from }]
  const { namespaces, namespacesWithSecret, areSecretsUnread } = lookupsOf(world)
  const taken = namespacesWithSecret(name)
  const unsure = `a secret of the name ${name} may be there already: not all secrets are known`
  const doubt = areSecretsUnread(scope) ? { unsure } : {}
  if (!(scope === '*' ? taken.length > 0 : taken.includes(scope))) return [{ scope, from, ...doubt }]
  const removes = abilityFor(graph, 'remove-secrets', scope, name)
  const anew = removes === undefined ? [] : [{ scope, from: [...from, removes] }]
  if (scope !== '*') return anew
  return [...anew, ...namespaces.flatMap((namespace) => byNewSecret(namespace, name, graph, world))]
}

// One secret a namespace is enough.
function byOldSecret(scope: string, name: string | undefined, graph: AttackGraph, world: AttackWorld): Minting[] {
  const { tokenSecretsIn } = lookupsOf(world)
  const places = scope === '*' ? tokenSecretsIn.keys() : [scope]
  return [...places].flatMap((namespace): Minting[] => {
    const there = tokenSecretsIn.get(namespace) ?? []
    const secret = name === undefined ? there[0] : there.find((each) => each === name)
    const from = secret === undefined ? undefined : pairOf('change-secrets', namespace, name, graph)
    if (secret === undefined || !from) return []
    const says = 'is of a service account, and may be made another’s'
    const fact: StateFact = { kind: 'Secret', namespace, name: secret, says }
    return [{ scope: namespace, from, state: [fact] }]
  })
}

function pairOf(ability: Ability, scope: string, name: string | undefined, graph: AttackGraph): number[] | undefined {
  const makes = abilityFor(graph, ability, scope, name)
  const reads = makes === undefined ? undefined : abilityFor(graph, 'read-secrets', scope, name)
  return makes === undefined || reads === undefined ? undefined : [makes, reads]
}

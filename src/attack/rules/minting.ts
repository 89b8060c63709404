import { lookupsOf } from '../lookups.ts'
import type { Ability, AttackGraph, AttackWorld, StateFact, Step } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { addFreeNames } from './free-names.ts'

/** Who can have a token secret of any account made in a scope, and reads it: what that takes. */
export type Minting = { scope: string; from: number[] } & Pick<Step, 'state'>

const ofNew: Ability[][] = [
  ['create-secrets', 'read-secrets'],
  ['create-secrets', 'read-free-secret'],
  ['create-free-secret', 'read-secrets'],
  ['mint-free-secret'],
]

/** All abilities that meet, which may be of two subjects: to make such a secret, or make one that is there another's, and to read it. */
export function mintings(graph: AttackGraph, world: AttackWorld): Minting[] {
  addFreeNames(graph, world)
  const found = new Map<string, Minting>()
  const add = (minting: Minting) => found.set(minting.from.join(), minting)
  for (const abilities of ofNew) {
    for (const { scope, name } of abilities.flatMap((ability) => abilitiesOf(graph, ability))) {
      const from = name === undefined ? togetherIn(abilities, scope, undefined, graph) : undefined
      if (from) add({ scope, from })
    }
  }
  for (const ability of ofOld) {
    for (const { scope, name } of abilitiesOf(graph, ability)) byOldSecret(scope, name, graph, world).forEach(add)
  }
  return [...found.values()]
}

const ofOld: Ability[] = ['change-secrets', 'read-secrets']

// One secret a namespace is enough.
function byOldSecret(scope: string, name: string | undefined, graph: AttackGraph, world: AttackWorld): Minting[] {
  const { tokenSecretsIn } = lookupsOf(world)
  const places = scope === '*' ? tokenSecretsIn.keys() : [scope]
  return [...places].flatMap((namespace): Minting[] => {
    const there = tokenSecretsIn.get(namespace) ?? []
    const secret = name === undefined ? there[0] : there.find((each) => each === name)
    const from = secret === undefined ? undefined : togetherIn(ofOld, namespace, name, graph)
    if (secret === undefined || !from) return []
    const says = 'is of a service account, and may be made another’s'
    const fact: StateFact = { kind: 'Secret', namespace, name: secret, says }
    return [{ scope: namespace, from, state: [fact] }]
  })
}

function togetherIn(abilities: Ability[], scope: string, name: string | undefined, graph: AttackGraph) {
  const from = abilities.map((ability) => abilityFor(graph, ability, scope, name)).filter((id) => id !== undefined)
  return from.length === abilities.length ? from : undefined
}

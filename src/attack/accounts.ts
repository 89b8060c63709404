import type { Subject } from '../snapshot/objects.ts'
import type { AttackWorld } from './model.ts'

/**
 * Whether a service account exists, as far as is known: one that bindings name may not, and then nobody acts as it until it is created. Files
 * need not have everything: what they do not say is not known to be missing, as is what could not be read.
 */
export function isAccountThere(world: AttackWorld): (account: Subject) => boolean {
  let answer = answers.get(world)
  if (!answer) answers.set(world, (answer = lookUp(world)))
  return answer
}

const answers = new WeakMap<AttackWorld, (account: Subject) => boolean>()

function lookUp({ snapshot, state }: AttackWorld): (account: Subject) => boolean {
  if (snapshot.source.kind === 'files') return () => true
  const unread = new Set<string | undefined>()
  for (const gap of state.gaps) if (gap.resource === 'serviceaccounts') unread.add(gap.namespace)
  if (unread.has(undefined)) return () => true
  const known = new Map<string, Set<string>>()
  const add = (namespace: string, name: string) => {
    const names = known.get(namespace)
    if (names) names.add(name)
    else known.set(namespace, new Set([name]))
  }
  for (const { namespace, name } of state.accounts) add(namespace, name)
  return ({ namespace = '', name }) => unread.has(namespace) || known.get(namespace)?.has(name) === true
}

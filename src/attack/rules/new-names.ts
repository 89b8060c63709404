import { lookupsOf } from '../lookups.ts'
import type { AttackWorld, HeldIdentity, HeldRole, Power } from '../model.ts'
import { creatable, meet, type Part, partsOf } from './parts.ts'
import { rbacPower } from './rbac-powers.ts'

type Holder = HeldRole | HeldIdentity

/**
 * What may be made anew of what may be created: under a name that something has, only by whom may delete that. An apply changes what is there, and what a
 * binding refers to cannot be changed.
 */
function makeable(held: Holder, create: Power, world: AttackWorld, placesWith: (name: string) => string[]): Part[] {
  const parts = creatable(held, create)
  if (parts.every(({ name }) => name === undefined)) return parts
  const removed = partsOf(held, ...removals(create))
  const mayRemove = ({ scope, name }: Part) =>
    removed.some((other) => meet(other.scope, scope) === scope && (other.name === undefined || other.name === name))
  return parts.flatMap((part) => {
    const { scope, name } = part
    if (name === undefined || mayRemove(part)) return [part]
    const taken = placesWith(name)
    if (taken.length === 0) return [part]
    if (scope !== '*') return taken.includes(scope) ? [] : [part]
    if (!create.namespaced) return []
    const free = lookupsOf(world).namespaces.filter((namespace) => !taken.includes(namespace))
    return free.map((namespace) => ({ ...part, scope: namespace }))
  })
}

const deletes = new Map<Power, Power[]>()

// One constant for each: what is held of a power is remembered by the object.
function removals(create: Power): Power[] {
  const known = deletes.get(create) ?? ['delete', 'deletecollection'].map((verb) => ({ ...create, verb }))
  deletes.set(create, known)
  return known
}

const creates = {
  RoleBinding: rbacPower('create', 'rolebindings'),
  ClusterRoleBinding: rbacPower('create', 'clusterrolebindings'),
}

/** The bindings of a kind that may be made anew. */
export function newBindings(held: Holder, kind: keyof typeof creates, world: AttackWorld): Part[] {
  const { clusterWide, byNamespace } = world.index
  const isCalled = (name: string) => (one: { binding: { name: string } }) => one.binding.name === name
  return makeable(held, creates[kind], world, (name) => {
    if (kind === 'ClusterRoleBinding') return clusterWide.some(isCalled(name)) ? ['*'] : []
    return [...byNamespace].flatMap(([namespace, inside]) => (inside.some(isCalled(name)) ? [namespace] : []))
  })
}

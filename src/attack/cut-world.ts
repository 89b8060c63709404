import { canonicalSubject, subjectKey } from '../rbac/identity.ts'
import { indexRbac } from '../rbac/rbac-index.ts'
import type { Binding, Subject } from '../snapshot/objects.ts'
import type { AttackWorld } from './model.ts'

/** What is taken away of bindings: these subjects (subjectKey) of each. */
export type Removal = Map<Binding, ReadonlySet<string>>

/** The subjects of a binding without those that are taken away, as written. */
export function remaining(binding: Binding, keys: ReadonlySet<string>): Subject[] {
  return binding.subjects.filter((written) => !isAmong(keys, written, binding))
}

export function isAmong(keys: ReadonlySet<string>, written: Subject, { namespace }: Binding): boolean {
  const subject = canonicalSubject(written, namespace)
  return subject !== undefined && keys.has(subjectKey(subject))
}

/** The world without what is taken away of its bindings; of those that are changed, `original` knows what they were. */
export function worldWithout(
  world: AttackWorld,
  removal: Removal,
): { world: AttackWorld; original: Map<Binding, Binding> } {
  const original = new Map<Binding, Binding>()
  const without = (bindings: Binding[]) =>
    bindings.flatMap((binding) => {
      const keys = removal.get(binding)
      if (!keys) return [binding]
      const subjects = remaining(binding, keys)
      if (subjects.length === 0) return []
      const changed = { ...binding, subjects }
      original.set(changed, binding)
      return [changed]
    })
  const { clusterRoleBindings, roleBindings } = world.snapshot
  const snapshot = {
    ...world.snapshot,
    clusterRoleBindings: without(clusterRoleBindings),
    roleBindings: without(roleBindings),
  }
  return { world: { ...world, snapshot, index: indexRbac(snapshot) }, original }
}

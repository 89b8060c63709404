import type { Binding } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * Names for new roles and bindings that nothing has, and nothing waits for: of a role that appears under a name, a binding that already refers to it
 * makes a grant, and a rule that names it (bind, update) a way to one.
 */
export class FreeNames {
  readonly #taken: Set<string>
  readonly #named: Set<string>

  constructor({ roles, clusterRoles, roleBindings, clusterRoleBindings }: Snapshot) {
    const [allRoles, bindings] = [
      [...roles, ...clusterRoles],
      [...roleBindings, ...clusterRoleBindings],
    ]
    this.#taken = new Set([
      ...[...allRoles, ...bindings].map(({ namespace, name }) => placeOf(namespace, name)),
      ...bindings.map(({ namespace, roleRef: { kind, name } }) =>
        placeOf(kind === 'Role' ? namespace : undefined, name),
      ),
    ])
    this.#named = new Set(allRoles.flatMap(({ rules }) => rules.flatMap(({ resourceNames }) => resourceNames)))
  }

  /** A name like that of a binding, for a binding in its place and a role of this kind. */
  take({ namespace, name }: Binding, kind: 'Role' | 'ClusterRole'): string {
    for (let at = 1; ; at++) {
      const wanted = `${name}-narrowed${at === 1 ? '' : `-${at}`}`
      const places = [placeOf(namespace, wanted), placeOf(kind === 'Role' ? namespace : undefined, wanted)]
      if (this.#named.has(wanted) || places.some((place) => this.#taken.has(place))) continue
      for (const place of places) this.#taken.add(place)
      return wanted
    }
  }
}

function placeOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

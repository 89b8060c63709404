import { type Identity, serviceAccountUser } from '../rbac/identity.ts'
import { type BoundRole, type RbacIndex, subjectsOf } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'

/** A grant: one subject of one binding, in canonical form and as written, with the role. */
export type Grant = { bound: BoundRole; subject: Subject; written: Subject }

/** All identities that are alike to RBAC: the same grants are theirs. */
export type Holder = {
  key: string
  /** One of them. */
  identity: Identity
  grants: Grant[]
  /** The bindings of these grants alone: what else there is has no say. */
  index: RbacIndex
}

// Who may impersonate groups can be in any number of them at once.
const mostHolders = 100_000

/** RBAC arranged by who holds what: built once, linear in its size. */
export class World {
  readonly grants: Grant[] = []
  /** Every name that a rule is narrowed to; all others are alike. */
  readonly names = new Set<string>()
  readonly #byUser = new Map<string, Grant[]>()
  readonly #byGroup = new Map<string, Grant[]>()
  readonly #holders = new Map<string, Holder>()

  constructor({ clusterWide, byNamespace }: RbacIndex) {
    for (const bound of clusterWide) this.#add(bound)
    for (const inside of byNamespace.values()) for (const bound of inside) this.#add(bound)
  }

  /** Who this is to RBAC. Equal for as many as there may be of whom no binding knows. */
  holderOf(identity: Identity): Holder {
    const { user = '', groups } = identity
    const own = this.#byUser.get(user)
    const known = [...new Set(groups)].filter((group) => this.#byGroup.has(group)).toSorted()
    const isMaster = groups.includes('system:masters')
    const key = JSON.stringify([own ? user : '', isMaster, ...known])
    let holder = this.#holders.get(key)
    if (!holder) {
      const grants = [...(own ?? []), ...known.flatMap((group) => this.#byGroup.get(group) ?? [])]
      holder = { key, identity: { user, groups: [...groups] }, grants, index: indexOf(grants) }
      if (this.#holders.size < mostHolders) this.#holders.set(key, holder)
    }
    return holder
  }

  /** Whether a binding names this user. */
  isUser(user: string): boolean {
    return this.#byUser.has(user)
  }

  #add(bound: BoundRole): void {
    for (const { resourceNames } of bound.role?.rules ?? []) for (const name of resourceNames) this.names.add(name)
    for (const { subject, written } of subjectsOf(bound.binding)) {
      const grant = { bound, subject, written }
      this.grants.push(grant)
      if (subject.kind === 'Group') push(this.#byGroup, subject.name, grant)
      else push(this.#byUser, userOf(subject), grant)
    }
  }
}

/** The user name that a user or service account has in a log. */
export function userOf({ kind, name, namespace = '' }: Subject): string {
  return kind === 'ServiceAccount' ? serviceAccountUser(namespace, name) : name
}

function indexOf(grants: readonly Grant[]): RbacIndex {
  const index: RbacIndex = { clusterWide: [], byNamespace: new Map() }
  for (const bound of new Set(grants.map((grant) => grant.bound))) {
    const { kind, namespace = '' } = bound.binding
    if (kind === 'ClusterRoleBinding') index.clusterWide.push(bound)
    else push(index.byNamespace, namespace, bound)
  }
  return index
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

import { decodeBinding, decodeRole, ShapeError } from '../../snapshot/decode.ts'
import { formatSubject } from '../../rbac/subject-text.ts'
import { fieldsAt, textAt } from './meaning.ts'
import type { SubjectChange } from './report.ts'
import { emptyRbac, type Rbac, rightsChanges } from './rights.ts'
import type { Found, Side } from './side.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'

const takers: Record<string, (rbac: Rbac, raw: Found['raw']) => void> = {
  clusterroles: (rbac, raw) => rbac.clusterRoles.push(decodeRole(raw, 'ClusterRole')),
  roles: (rbac, raw) => rbac.roles.push(decodeRole(raw, 'Role')),
  clusterrolebindings: (rbac, raw) => rbac.clusterRoleBindings.push(decodeBinding(raw, 'ClusterRoleBinding')),
  rolebindings: (rbac, raw) => rbac.roleBindings.push(decodeBinding(raw, 'RoleBinding')),
}

/** Why rights cannot be compared; undefined where they can. A role that was not read would pass for one that grants nothing. */
export function whyNoRights(before: Side, after: Side): string | undefined {
  for (const resource of Object.keys(takers)) {
    for (const side of [before, after]) {
      const { isWhole, why } = side.coverage({ group: rbacGroup, resource })
      if (!isWhole) return `${resource} were not all read ${side === before ? 'before' : 'after'}: ${why}`
    }
  }
  return undefined
}

/** Gathers the RBAC objects of both sides, to tell which rights were gained and lost by what moved (uids). */
export function rbacOfSides(moved: ReadonlySet<string>, notes: string[]) {
  const [before, after] = [emptyRbac(), emptyRbac()]
  const take = (rbac: Rbac, { type, raw }: Found): void => {
    if (type.group !== rbacGroup) return
    try {
      takers[type.resource]?.(rbac, raw)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      const name = textAt(fieldsAt(raw['metadata'])['name'])
      notes.push(`${type.resource} ${name}: ${error.message}; its rights are not compared`)
    }
  }
  return {
    takeBefore: (found: Found) => take(before, found),
    takeAfter: (found: Found) => take(after, found),
    changes(): SubjectChange[] {
      return rightsChanges(
        before,
        after,
        ({ uid }) => uid === undefined || moved.has(uid),
        (subject) => notes.push(`the rights of ${formatSubject(subject)} are too many to be compared`),
      )
    },
  }
}

import { mayHaveHappened } from '../audit-log/outcome.ts'
import { isDryRun, rbacChanges } from '../audit-log/questions/changes.ts'
import { routineOf } from '../audit-log/questions/finding.ts'
import { isOf } from '../audit-log/questions/question.ts'
import { object, type Raw, text } from '../audit-log/read/fields.ts'
import { actorsOf, type AuditRequest } from '../audit-log/request.ts'
import { appliesTo, canonicalSubject, type Identity } from '../rbac/identity.ts'
import { type RbacIndex, subjectFor } from '../rbac/rbac-index.ts'
import type { ObjectRef } from '../rbac/report.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Gap } from '../snapshot/snapshot.ts'

/** A write to a role or binding, from the log. No name: a deletecollection. */
export type RbacWrite = {
  time: string
  by: string
  as?: string
  verb: string
  kind: string
  namespace?: string
  name?: string
  at: { file: string; line: number }[]
}

type Noted = { write: RbacWrite; subjects: Subject[] }

const kinds: Record<string, string> = {
  roles: 'Role',
  clusterroles: 'ClusterRole',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
}
const mostWrites = 10_000

/** Notes the writes to RBAC in a log. Those of the control plane itself are left out: it writes its defaults, and what others aggregate. */
export class WriteBook {
  readonly #writes: Noted[] = []
  #left = 0

  see(request: AuditRequest): void {
    const { object: target, verb, time, outcome, at } = request
    if (!target || !(rbacChanges.about ?? []).some((kind) => isOf(request, kind))) return
    if (!mayHaveHappened(outcome) || isDryRun(request) || routineOf(request) !== undefined) return
    if (this.#writes.length >= mostWrites) return void (this.#left += 1)
    const { namespace, name, resource } = target
    this.#writes.push({
      write: {
        time,
        ...actorsOf(request),
        verb,
        kind: kinds[resource] ?? resource,
        ...(namespace !== '' && { namespace }),
        ...(name !== '' && { name }),
        at,
      },
      subjects: [request.requestObject, request.responseObject].flatMap((body) => subjectsIn(body?.value)),
    })
  }

  /**
   * The writes that touch what an identity may: to bindings that name it, in the RBAC that is known or in the write itself, to those by which it was
   * allowed something (`others`), and to the roles of all these.
   */
  touching(identity: Identity, index: RbacIndex, others: readonly ObjectRef[]): RbacWrite[] {
    if (this.#writes.length === 0) return []
    const touched = new Set(others.map(keyOf))
    for (const { binding } of [...index.clusterWide, ...[...index.byNamespace.values()].flat()]) {
      if (!touched.has(keyOf(binding)) && !subjectFor(binding, identity)) continue
      touched.add(keyOf(binding))
      touched.add(keyOf(roleOf(binding)))
    }
    return this.#writes.filter((noted) => isTouched(noted, identity, touched)).map(({ write }) => write)
  }

  gaps(): Gap[] {
    if (this.#left === 0) return []
    const what = `hold ${this.#left} more writes to roles and bindings`
    return [{ what, why: `there are more than ${mostWrites}`, hides: 'whose rights they changed' }]
  }
}

function isTouched({ write, subjects }: Noted, identity: Identity, touched: Set<string>): boolean {
  const named = subjects.some((subject) => {
    const canonical = canonicalSubject(subject, write.namespace)
    return canonical && appliesTo(canonical, identity)
  })
  if (named || (write.name !== undefined && touched.has(keyOf({ ...write, name: write.name })))) return true
  // All that there were; which, the log does not say.
  return write.name === undefined && [...touched].some((key) => key.startsWith(keyOf({ ...write, name: '' })))
}

function keyOf({ kind, namespace = '', name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`
}

function roleOf({ roleRef, namespace }: RbacIndex['clusterWide'][number]['binding']): ObjectRef {
  return { ...roleRef, ...(roleRef.kind === 'Role' && namespace !== undefined && { namespace }) }
}

function subjectsIn(body: unknown): Subject[] {
  const list = object(body)?.['subjects']
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const raw: Raw = object(entry) ?? {}
    const [kind, name, namespace] = [text(raw['kind']), text(raw['name']), text(raw['namespace'])]
    if ((kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') || name === undefined) return []
    return [{ kind, name, ...(namespace !== undefined && { namespace }) }]
  })
}

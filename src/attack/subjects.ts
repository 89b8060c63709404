import { canonicalSubject, subjectKey } from '../rbac/identity.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { AttackGraph, AttackWorld } from './model.ts'
import { nodeText } from './nodes.ts'

/**
 * The subjects that are asked about where nobody is named: whom a binding names, and every service account, but for those that only the system's own
 * bindings name. Groups that everybody is in come first.
 */
export function subjectsAskedAbout(
  { snapshot, state }: AttackWorld,
  { systemSubjects }: Pick<Bootstrap, 'systemSubjects'>,
): Subject[] {
  const found: Subject[] = []
  // By kind, namespace and name: most are named many times, and a key of text for each would be most of the work.
  const seen = new Map<string, Map<string, Set<string>>>()
  const add = (subject: Subject) => {
    const { kind, namespace = '', name } = subject
    const ofKind = seen.get(kind) ?? new Map<string, Set<string>>()
    const inside = ofKind.get(namespace) ?? new Set<string>()
    if (inside.has(name)) return
    seen.set(kind, ofKind.set(namespace, inside.add(name)))
    if (!systemSubjects.has(subjectKey(subject))) found.push(subject)
  }
  for (const bindings of [snapshot.clusterRoleBindings, snapshot.roleBindings]) {
    for (const { subjects, namespace } of bindings) {
      for (const written of subjects) {
        const subject = canonicalSubject(written, namespace)
        if (subject) add(subject)
      }
    }
  }
  for (const { namespace, name } of state.accounts) add({ kind: 'ServiceAccount', namespace, name })
  return found
}

/** The nodes of subjects, with their texts. */
export function sourcesIn(graph: AttackGraph, subjects: readonly Subject[]): Map<number, string> {
  return new Map(
    subjects.flatMap((subject) => {
      const id = graph.find({ kind: 'subject', subject })
      return id === undefined ? [] : [[id, nodeText({ kind: 'subject', subject })]]
    }),
  )
}

const everybodys = ['system:unauthenticated', 'system:authenticated', 'system:serviceaccounts']

/** Where a subject's node stands among others with as short a way: groups of everybody (below 0) before all, then groups, users, service accounts. */
export function placeOf({ nodes }: AttackGraph, source: number): { rank: number; text: string } {
  const node = nodes[source]
  return node?.kind === 'subject' ? { rank: rankOf(node.subject), text: nodeText(node) } : { rank: 9, text: '' }
}

function rankOf({ kind, name }: Subject): number {
  const place = kind === 'Group' ? everybodys.indexOf(name) : -1
  return place >= 0 ? place - everybodys.length : ['Group', 'User', 'ServiceAccount'].indexOf(kind)
}

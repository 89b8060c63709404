import type { Subject } from '../snapshot/objects.ts'
import { apiVersion, type Gap, type Snapshot } from '../snapshot/snapshot.ts'
import { danglingBindings, refTo, ruleOrigin } from './grants.ts'
import { identityOf } from './identity.ts'
import { type RbacIndex, scopeOf, subjectFor } from './rbac-index.ts'
import type { Dangling, Grant } from './report.ts'

/** What a subject may do to one kind of thing in one scope; `verbs` is the union over the grants. */
export type Right = {
  scope: string
  /** Either a resource (with its group) or a URL pattern. */
  apiGroup?: string
  resource?: string
  url?: string
  resourceNames?: string[]
  verbs: string[]
  grants: Grant[]
}

export type WhatCanReport = {
  apiVersion: typeof apiVersion
  kind: 'WhatCanReport'
  subject: Subject
  groups: string[]
  complete: boolean
  gaps: Gap[]
  notes: string[]
  rights: Right[]
  dangling: Dangling[]
}

// Who may write a role could name ten thousand of each, and their product would exhaust any memory.
const mostPairs = 10_000

/** Everything RBAC allows a subject, by scope, in the words of its rules. `groups` are those a user is known to have besides. */
export function whatCan(snapshot: Snapshot, index: RbacIndex, subject: Subject, groups: string[]): WhatCanReport {
  const identity = identityOf(subject, groups)
  const rights = new Map<string, Right>()
  const tooLarge: Gap[] = []
  const mine = [...index.clusterWide, ...[...index.byNamespace.values()].flat()].filter(({ binding }) =>
    subjectFor(binding, identity),
  )
  for (const { binding, role } of mine) {
    const subjectMatch = subjectFor(binding, identity)
    if (!role || !subjectMatch) continue
    const scope = scopeOf(binding)
    const ref = refTo(binding)
    for (const [ruleIndex, rule] of role.rules.entries()) {
      const grant = {
        binding: ref,
        roleRef: binding.roleRef,
        ...ruleOrigin(snapshot, role, ruleIndex),
        subjectMatch,
      }
      if (rule.apiGroups.length * rule.resources.length > mostPairs) {
        tooLarge.push({
          what: `${role.kind} ${role.name}, rule ${ruleIndex}`,
          why: `it names ${rule.apiGroups.length} groups and ${rule.resources.length} resources, too many to list each pair`,
          hides: 'what that rule grants; who-can and can do count it',
        })
        continue
      }
      for (const apiGroup of rule.apiGroups) {
        for (const resource of rule.resources) {
          const names = rule.resourceNames.length > 0 ? { resourceNames: rule.resourceNames } : {}
          add(rights, { scope, apiGroup, resource, ...names, verbs: rule.verbs, grants: [grant] })
        }
      }
      // A request for a URL has no namespace: through a RoleBinding these rules grant nothing.
      if (binding.kind === 'RoleBinding') continue
      for (const url of rule.nonResourceURLs) add(rights, { scope, url, verbs: rule.verbs, grants: [grant] })
    }
  }
  return {
    apiVersion,
    kind: 'WhatCanReport',
    subject,
    groups: identity.groups,
    complete: snapshot.gaps.length === 0 && tooLarge.length === 0,
    gaps: [...snapshot.gaps, ...tooLarge],
    notes: notesOn(subject, identity.groups),
    rights: [...rights.values()].sort(byPlace),
    dangling: danglingBindings(snapshot, mine),
  }
}

function notesOn(subject: Subject, groups: string[]): string[] {
  const notes: string[] = []
  if (groups.includes('system:masters')) notes.push('system:masters is allowed everything, whatever RBAC says')
  if (groups.includes('system:nodes')) notes.push('the Node authorizer allows kubelets more than RBAC shows')
  if (subject.kind === 'User') notes.push('a user may be in more groups than the API server adds: --groups names them')
  return notes
}

function add(rights: Map<string, Right>, right: Right): void {
  // An empty word is one too: the name '' is not the lack of names, nor the URL '' that of a URL.
  const { scope, url, apiGroup, resource, resourceNames } = right
  const key = JSON.stringify([scope, url, apiGroup, resource, resourceNames])
  const known = rights.get(key)
  if (!known) rights.set(key, { ...right, verbs: [...new Set(right.verbs)] })
  else {
    known.verbs = [...new Set([...known.verbs, ...right.verbs])]
    known.grants.push(...right.grants)
  }
}

function byPlace(a: Right, b: Right): number {
  const [left, right] = [placeOf(a), placeOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

// Cluster-wide rights first, resources before URLs.
function placeOf({ scope, apiGroup, resource, url }: Right): string {
  return [scope === '*' ? '' : scope, url === undefined ? '0' : '1', apiGroup ?? '', resource ?? '', url ?? ''].join(
    '\0',
  )
}

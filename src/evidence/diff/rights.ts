import type { Binding, PolicyRule, Role, Subject } from '../../snapshot/objects.ts'
import { emptySnapshot, type Snapshot } from '../../snapshot/snapshot.ts'
import { refTo } from '../../rbac/grants.ts'
import { subjectKey } from '../../rbac/identity.ts'
import { type BoundRole, indexRbac, scopeOf, subjectsOf } from '../../rbac/rbac-index.ts'
import { matchIgnoringNames, matchRule } from '../../rbac/rule-match.ts'
import type { RightChange, SubjectChange } from './report.ts'

export type Rbac = Pick<Snapshot, 'clusterRoles' | 'roles' | 'clusterRoleBindings' | 'roleBindings'>

export const emptyRbac = (): Rbac => ({ clusterRoles: [], roles: [], clusterRoleBindings: [], roleBindings: [] })

// Who may write a role could name ten thousand of each, and the product would exhaust any memory.
const mostPairs = 10_000
const mostComparisons = 20_000_000

/**
 * Which rights subjects have gained and lost: by name, as bindings have them, and net of what they have by other bindings. Only subjects of
 * what moved are looked at. `tooLarge` gets whose rights are too many to compare.
 */
export function rightsChanges(
  before: Rbac,
  after: Rbac,
  hasMoved: (object: Binding | Role) => boolean,
  tooLarge: (subject: Subject) => void,
): SubjectChange[] {
  const [were, are] = [boundOf(before), boundOf(after)]
  const touched = new Map<string, Subject>()
  for (const { binding, role } of [...were, ...are]) {
    if (!hasMoved(binding) && !(role && hasMoved(role))) continue
    for (const { subject } of subjectsOf(binding)) touched.set(subjectKey(subject), subject)
  }
  const [had, has] = [bySubject(were, touched), bySubject(are, touched)]
  return [...touched.keys()].toSorted().flatMap((key) => {
    const subject = touched.get(key) as Subject
    const [old, now] = [had.get(key) ?? [], has.get(key) ?? []]
    const gained = surplus(now, old)
    const lost = surplus(old, now)
    if (!gained || !lost) tooLarge(subject)
    const found = { subject, gained: gained ?? [], lost: lost ?? [] }
    return found.gained.length + found.lost.length > 0 ? [found] : []
  })
}

function boundOf(rbac: Rbac): BoundRole[] {
  const index = indexRbac({ ...emptySnapshot({ kind: 'files', paths: [] }), ...rbac })
  return [...index.clusterWide, ...[...index.byNamespace.values()].flat()]
}

function bySubject(bound: BoundRole[], touched: ReadonlyMap<string, Subject>): Map<string, BoundRole[]> {
  const found = new Map<string, BoundRole[]>()
  for (const one of bound) {
    for (const key of new Set(subjectsOf(one.binding).map(({ subject }) => subjectKey(subject)))) {
      if (!touched.has(key)) continue
      const known = found.get(key)
      if (known) known.push(one)
      else found.set(key, [one])
    }
  }
  return found
}

/** The rights of one side that the other does not cover, by scope and thing; undefined where they are too many. */
function surplus(side: BoundRole[], other: BoundRole[]): RightChange[] | undefined {
  const covering = other.flatMap(({ binding, role }) =>
    (role?.rules ?? []).map((rule) => ({ scope: scopeOf(binding), rule })),
  )
  const found = new Map<string, RightChange>()
  let comparisons = 0
  for (const { binding, role } of side) {
    for (const rule of role?.rules ?? []) {
      const things = thingsOf(rule, binding)
      comparisons += (things?.length ?? 0) * rule.verbs.length * covering.length
      if (!things || comparisons > mostComparisons) return undefined
      for (const thing of things) {
        const near = covering.filter(({ scope }) => scope === '*' || scope === thing.scope)
        const isCovered = (verb: string, one: Thing) => near.some(({ rule: its }) => covers(its, one, verb))
        const verbs = [...new Set(rule.verbs)].filter((verb) => !isCovered(verb, thing))
        if (verbs.length === 0) continue
        const { resourceNames: names, ...rest } = thing
        const left = names?.filter((name) => verbs.some((verb) => !isCovered(verb, { ...rest, resourceNames: [name] })))
        const via = [{ binding: refTo(binding), roleRef: binding.roleRef }]
        add(found, {
          ...rest,
          ...(left && left.length > 0 ? { resourceNames: left } : names && { resourceNames: names }),
          verbs,
          via,
        })
      }
    }
  }
  return [...found].toSorted(([one], [two]) => (one < two ? -1 : 1)).map(([, right]) => right)
}

type Thing = Omit<RightChange, 'verbs' | 'via'>

function thingsOf(rule: PolicyRule, binding: Binding): Thing[] | undefined {
  const { apiGroups, resources, resourceNames, nonResourceURLs } = rule
  if (apiGroups.length * resources.length > mostPairs) return undefined
  const scope = scopeOf(binding)
  const names = resourceNames.length > 0 ? { resourceNames } : {}
  const things: Thing[] = apiGroups.flatMap((apiGroup) =>
    resources.map((resource) => ({ scope, apiGroup, resource, ...names })),
  )
  // A request for a URL has no namespace: through a RoleBinding these rules grant nothing.
  return binding.kind === 'RoleBinding' ? things : [...things, ...nonResourceURLs.map((url) => ({ scope, url }))]
}

// A token of a rule is covered as a request with that word would be: `*` by `*` alone.
function covers(rule: PolicyRule, { url, apiGroup = '', resource = '', resourceNames }: Thing, verb: string): boolean {
  if (url !== undefined) return matchRule(rule, { verb, path: url }) !== undefined
  const slash = resource.indexOf('/')
  const [kind, subresource] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash + 1)]
  const request = { verb, group: apiGroup, resource: kind, subresource }
  if (rule.resourceNames.length === 0) return matchIgnoringNames(rule, request) !== undefined
  return resourceNames?.every((name) => matchRule(rule, { ...request, namespace: '', name })) ?? false
}

function add(found: Map<string, RightChange>, right: RightChange): void {
  const { scope, url, apiGroup, resource, resourceNames } = right
  // Cluster-wide rights first, resources before URLs.
  const key = JSON.stringify([
    scope === '*' ? 0 : 1,
    scope,
    url === undefined ? 0 : 1,
    url,
    apiGroup,
    resource,
    resourceNames,
  ])
  const known = found.get(key)
  if (!known) return void found.set(key, right)
  known.verbs = [...new Set([...known.verbs, ...right.verbs])]
  known.via.push(...right.via)
}

import type { ApiResource } from '../cluster/discovery.ts'
import { standardKinds } from '../snapshot/question-kinds.ts'
import type { Profile } from './request.ts'

/** Beside what the questions need: what happened, what there is to steal, and who else has a say in what is admitted. */
const alsoStandard = new Set([
  '/events',
  '/nodes',
  '/secrets',
  '/resourcequotas',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'coordination.k8s.io/leases',
  'argoproj.io/applications',
])
const policyGroups = new Set([
  'kyverno.io',
  'policies.kyverno.io',
  'templates.gatekeeper.sh',
  'constraints.gatekeeper.sh',
])

const named = new Set(standardKinds.map(({ group, resource }) => `${group}/${resource}`))

// What goes first, after the scene: events are kept for an hour, rights are what an intruder changes.
const first = ['/events', '/pods', 'rbac.authorization.k8s.io/', 'admissionregistration.k8s.io/']

/** The types whose lists a profile holds, the most volatile first; of each the version that discovery prefers. */
export function kindsOf(resources: ApiResource[], profile: Profile): ApiResource[] {
  if (profile === 'quick') return []
  const seen = new Set<string>()
  const kinds = resources.filter((kind) => {
    const key = keyOf(kind)
    if (seen.has(key) || !kind.verbs.includes('list')) return false
    seen.add(key)
    // The same objects as in the core group.
    if (key === 'events.k8s.io/events') return false
    return profile === 'full' || named.has(key) || alsoStandard.has(key) || policyGroups.has(kind.group)
  })
  return kinds.toSorted((one, other) => rank(one) - rank(other))
}

const keyOf = ({ group, resource }: ApiResource) => `${group}/${resource}`

function rank(kind: ApiResource): number {
  const at = first.findIndex((prefix) => keyOf(kind).startsWith(prefix))
  return at < 0 ? first.length : at
}

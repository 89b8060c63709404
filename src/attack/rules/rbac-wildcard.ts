import type { AttackRule, HeldRole, Power, Right } from '../model.ts'
import { everythingIn } from './everything.ts'
import { hasEverything, partsOf } from './parts.ts'

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']
const both = [...read, ...write]

// What of the default ClusterRole `admin` is power over a namespace (bootstrappolicy/policy.go); what is left out only discloses.
const ofAdmin: [group: string, resources: string[], verbs: string[]][] = [
  ['rbac.authorization.k8s.io', ['rolebindings', 'roles'], both],
  ['', ['secrets', 'serviceaccounts', 'pods', 'configmaps', 'services', 'persistentvolumeclaims'], both],
  ['', ['pods/exec', 'pods/attach', 'pods/portforward', 'serviceaccounts/token'], ['create']],
  ['', ['serviceaccounts'], ['impersonate']],
  ['apps', ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], both],
  ['batch', ['jobs', 'cronjobs'], both],
  ['networking.k8s.io', ['networkpolicies', 'ingresses'], both],
]

/** Who has all of them in a namespace, has the namespace. */
export const namespaceAdminPowers: Power[] = ofAdmin.flatMap(([group, resources, verbs]) =>
  resources.flatMap((written) => {
    const [resource = '', subresource = ''] = written.split('/')
    return verbs.map((verb) => ({ verb, group, resource, subresource, namespaced: true }))
  }),
)

/** Everything by one rule of stars; a namespace also by all that the default role `admin` gives there. */
export const wildcardRule: AttackRule = {
  id: 'wildcard',
  title: 'Holds a role that grants everything',
  role: (held, graph) => {
    const { id, role, scope } = held
    if (hasEverything(held)) {
      const [way = []] = partsOf(held, everything).flatMap(({ name, ways }) => (name === undefined ? ways : []))
      return graph.add({ rule: 'wildcard', from: [id], to: everythingIn(graph, scope), rights: way })
    }
    const rules = rulesOfAdmin(held)
    if (!rules) return
    const rights = rules.map((ruleIndex): Right => ({ role, ruleIndex }))
    graph.add({ rule: 'wildcard', from: [id], to: graph.node({ kind: 'namespace-admin', namespace: scope }), rights })
  },
}

const everything: Power = { verb: '*', group: '*', resource: '*', subresource: '', namespaced: true }

function rulesOfAdmin(held: HeldRole): number[] | undefined {
  const rules = new Set<number>()
  for (const power of namespaceAdminPowers) {
    const given = held.gives(power).find(({ names }) => names === undefined)
    if (!given) return undefined
    rules.add(given.ruleIndex)
  }
  return [...rules].sort((a, b) => a - b)
}

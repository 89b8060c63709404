import fc from 'fast-check'
import { serviceAccountGroups, serviceAccountUser } from '../../../src/rbac/identity.ts'
import type { PolicyRule, Subject } from '../../../src/snapshot/objects.ts'
import type { Caller } from './log.ts'

/** The words that worlds and acts are made of: few enough to meet often, and such as a real server takes. */
export const namespaces = ['fuzz-a', 'fuzz-b']
export const verbs = ['get', 'list', 'create', 'delete', 'patch', 'deletecollection']
export const groups = ['', 'apps']
export const resources = ['pods', 'pods/log', 'secrets', 'deployments/scale']
export const names = ['a', 'b', '__proto__']
export const urls = ['/healthz', '/healthz/x', '/metrics']
export const signers = ['example.com/a', 'example.com/b', 'acme.io/a']
/** Names that `--emit` would like to give. */
export const emittedNames = ['binding-0-narrowed', 'binding-1-narrowed']
export const roleNames = ['role-0', 'role-1', 'role-2', 'role-3', 'edit']
/** The names of all bindings of a world. */
export const bindingName = /^binding-\d$/
export const bindingNames = ['binding-0', 'binding-1', 'binding-2', 'binding-3']

export const rbac = 'rbac.authorization.k8s.io'
export const authentication = 'authentication.k8s.io'
export const certificates = 'certificates.k8s.io'
export const coordination = 'coordination.k8s.io'

export const callers: Caller[] = [
  { username: 'alice', groups: ['devs', 'system:authenticated'] },
  { username: 'bob', groups: ['system:authenticated'] },
  { username: serviceAccountUser('fuzz-a', 'robot'), groups: serviceAccountGroups('fuzz-a') },
]
export const subjects: Subject[] = [
  { kind: 'User', name: 'alice' },
  { kind: 'User', name: 'bob' },
  { kind: 'User', name: 'nobody-there' },
  { kind: 'Group', name: 'devs' },
  { kind: 'Group', name: 'system:serviceaccounts:fuzz-a' },
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-a' },
  // The same, otherwise written.
  { kind: 'User', name: serviceAccountUser('fuzz-a', 'robot') },
]

export const some = <T>(of: readonly T[], min = 1, max = 3) =>
  fc.subarray([...of], { minLength: min, maxLength: Math.min(max, of.length) })
const none = (): fc.Arbitrary<string[]> => fc.constant([])
const maybe = (of: readonly string[]) => fc.oneof({ weight: 4, arbitrary: none() }, some(of))

type Lists = Record<'verbs' | 'apiGroups' | 'resources' | 'resourceNames', fc.Arbitrary<string[]>>
const ruleOf = (lists: Lists) => fc.record({ ...lists, nonResourceURLs: none() })

const ordinary = ruleOf({
  verbs: some([...verbs, '*'], 2, 4),
  apiGroups: some([...groups, '*'], 2),
  resources: some([...resources, '*', '*/log'], 1, 4),
  resourceNames: maybe(names),
})
const forUrls = fc.record({
  verbs: some(['get', 'post', '*']),
  apiGroups: none(),
  resources: none(),
  resourceNames: none(),
  nonResourceURLs: some([...urls, '/healthz/*', '*', '/m**']),
})
const forRbac = ruleOf({
  verbs: some(['create', 'patch', 'bind', 'escalate', '*'], 2, 4),
  apiGroups: fc.constantFrom([rbac], [rbac], ['*']),
  resources: some(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings', '*'], 2, 4),
  resourceNames: maybe([...roleNames, ...bindingNames, ...emittedNames]),
})
const forIdentity = ruleOf({
  verbs: fc.constantFrom(['impersonate'], ['impersonate'], ['*']),
  apiGroups: some(['', authentication], 1),
  resources: some(['users', 'groups', 'serviceaccounts', 'uids', 'userextras/scopes', '*'], 2, 5),
  resourceNames: maybe(['bob', 'robot', 'devs', 'u1', 'read']),
})
const forSigners = ruleOf({
  verbs: some(['update', 'patch', 'approve', '*'], 2, 4),
  apiGroups: fc.constantFrom([certificates], [certificates], ['*']),
  resources: some(['certificatesigningrequests/approval', 'signers', '*'], 2),
  resourceNames: maybe([...signers, 'example.com/*', ...signers.map(requestName)]),
})
const forMaking = ruleOf({
  verbs: some(['patch', 'update', 'create'], 2),
  apiGroups: some(['', coordination], 1),
  resources: some(['configmaps', 'leases'], 1),
  resourceNames: maybe(names),
})

const everything = ruleOf({
  verbs: fc.constant(['*']),
  apiGroups: fc.constant(['*']),
  resources: fc.constant(['*']),
  resourceNames: none(),
})

/** A rule of any kind. */
export const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
  { weight: 4, arbitrary: ordinary },
  forUrls,
  { weight: 4, arbitrary: forRbac },
  { weight: 3, arbitrary: forIdentity },
  { weight: 2, arbitrary: forSigners },
  { weight: 2, arbitrary: forMaking },
  everything,
)
export const rules = fc.array(rule, { minLength: 1, maxLength: 12, size: 'max' })

/** The name of the signing request that is for a signer. */
export function requestName(signer: string): string {
  return `of-${signer.replaceAll(/[^a-z]/g, '-')}`
}

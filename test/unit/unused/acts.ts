import fc from 'fast-check'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { PolicyRule } from '../../../src/snapshot/objects.ts'
import type { Caller } from './log.ts'
import * as words from './words.ts'

/** Who somebody acts as. */
export type Assumed = { username: string; groups: string[]; uid?: string | undefined; scopes?: string | undefined }

/** Something that somebody does: one request. A namespace that is empty is none. */
export type Act = { caller: Caller } & (
  | { kind: 'ask'; asked: Attributes }
  | { kind: 'impersonate'; as: Assumed; asked: Attributes }
  /** A server-side apply, or a PUT, of what is not there. */
  | { kind: 'make'; verb: 'patch' | 'update'; namespace: string; name: string }
  /** A binding is made, or its labels are patched. */
  | { kind: 'bind'; verb: 'create'; namespace: string; role: { kind: 'Role' | 'ClusterRole'; name: string } }
  | { kind: 'bind'; verb: 'patch'; namespace: string; name: string }
  | { kind: 'role'; verb: 'create' | 'patch'; namespace: string; name: string; rules: PolicyRule[] }
  | { kind: 'approve'; verb: 'update' | 'patch'; signer: string }
)

const caller = fc.constantFrom(...words.callers)
const namespace = fc.constantFrom('', ...words.namespaces)
const inside = fc.constantFrom(...words.namespaces)

/** A request of the plain kind, as clients can send it. */
export const asked: fc.Arbitrary<Attributes> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        verb: fc.constantFrom(...words.verbs),
        group: fc.constantFrom(...words.groups),
        resource: fc.constantFrom(...words.resources),
        namespace,
        name: fc.constantFrom('c', ...words.names),
        isNamed: fc.boolean(),
      })
      .map(({ resource: written, isNamed, name: drawn, verb: wanted, ...more }) => {
        const [resource = '', subresource = ''] = written.split('/')
        const isWhole = wanted === 'list' || wanted === 'deletecollection'
        const verb = subresource !== '' && isWhole ? 'get' : wanted
        // The name of a create is in its body, which no authorizer sees; a list has one by a field selector.
        const hasName =
          subresource !== '' || (verb === 'list' ? isNamed : verb !== 'create' && verb !== 'deletecollection')
        return { ...more, verb, resource, subresource, name: hasName ? drawn : '' }
      }),
  },
  fc.record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom(...words.urls, '/') }),
)

const assumed: fc.Arbitrary<Assumed> = fc.record({
  username: fc.constantFrom('bob', 'carol', 'system:serviceaccount:fuzz-a:robot'),
  groups: fc.constantFrom([], [], ['devs'], ['devs', 'ops']),
  uid: fc.option(fc.constant('u1'), { nil: undefined, freq: 5 }),
  scopes: fc.option(fc.constantFrom('read', 'write'), { nil: undefined, freq: 5 }),
})
const role = fc.record({
  kind: fc.constantFrom('ClusterRole' as const, 'Role' as const),
  name: fc.constantFrom(...words.roleNames, ...words.emittedNames),
})

/** Any of them. */
export const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), caller, asked }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('impersonate' as const), caller, as: assumed, asked }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('make' as const),
      caller,
      verb: fc.constantFrom('patch' as const, 'update' as const),
      namespace: inside,
      name: fc.constantFrom('a', 'b'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ kind: fc.constant('bind' as const), caller, verb: fc.constant('create' as const), namespace, role })
      // The server takes no ClusterRoleBinding of a Role.
      .map((one) => (one.namespace === '' ? { ...one, role: { ...one.role, kind: 'ClusterRole' as const } } : one)),
  },
  fc.record({
    kind: fc.constant('bind' as const),
    caller,
    verb: fc.constant('patch' as const),
    namespace,
    name: fc.constantFrom(...words.bindingNames),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('role' as const),
      caller,
      verb: fc.constantFrom('create' as const, 'patch' as const),
      namespace,
      name: fc.constantFrom(...words.roleNames),
      rules: fc.array(words.rule, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      caller,
      verb: fc.constantFrom('update' as const, 'patch' as const),
      signer: fc.constantFrom(...words.signers),
    }),
  },
)

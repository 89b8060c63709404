import fc from 'fast-check'
import type { Json } from '../../../../src/bundle/entry.ts'
import { type Type, typeKey } from '../../../../src/evidence/diff/areas.ts'
import type { Fields } from '../../../../src/evidence/diff/meaning.ts'
import type { Coverage, Side } from '../../../../src/evidence/diff/side.ts'

export type Held = { type: Type; raw: Fields }

const rbac = 'rbac.authorization.k8s.io'
const pods = { group: '', resource: 'pods' }
const types: Type[] = [pods, { group: 'apps', resource: 'deployments' }, { group: 'example.com', resource: 'things' }]
const name = fc.constantFrom('a', 'b', 'c')
const word = fc.constantFrom('x', 'y', '', '__proto__', 'constructor', 'a.b/c', '\u202e')

/** Values as objects have them: nested, lists with and without names, the same names over and over. */
const drawn = fc.letrec<{ value: Json; named: Json; fields: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
    fc.constant(null),
    tie('fields'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('named'), { maxLength: 4 }),
  ),
  named: fc
    .record({ name, port: fc.integer({ min: 1, max: 2 }), type: word, value: tie('value') }, { requiredKeys: ['name'] })
    .map((one) => one as Json),
  fields: fc
    .dictionary(fc.oneof(word, fc.constantFrom('ports', 'subjects', 'conditions', 'containers')), tie('value'), {
      maxKeys: 4,
    })
    .map((one) => plain(one)),
}))
export const value = drawn.value
/** Two of these have much in common. */
export const object: fc.Arbitrary<Json> = fc
  .record({
    spec: drawn.fields,
    containers: fc.array(drawn.named, { maxLength: 4 }),
    ports: fc.array(drawn.named, { maxLength: 3 }),
    subjects: fc.array(drawn.named, { maxLength: 3 }),
  })
  .map((one) => one as Json)

// As JSON.parse makes them: `__proto__` is a field.
const plain = (one: object): Json => JSON.parse(JSON.stringify(one)) as Json

const token = fc.constantFrom('*', 'get', 'list', 'create')
const resource = fc.constantFrom('*', 'pods', 'secrets', 'pods/exec', '*/exec')
const rule = fc
  .record({
    verbs: fc.uniqueArray(token, { maxLength: 2 }),
    apiGroups: fc.uniqueArray(fc.constantFrom('', '*', 'apps'), { maxLength: 2 }),
    resources: fc.uniqueArray(resource, { maxLength: 2 }),
    resourceNames: fc.uniqueArray(name, { maxLength: 2 }),
    nonResourceURLs: fc.uniqueArray(fc.constantFrom('/metrics', '/m*', '*'), { maxLength: 1 }),
  })
  .map((one) => one as Json)
const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom('User', 'Group'), name }),
  fc.record({ kind: fc.constant('ServiceAccount'), name, namespace: fc.constantFrom('shop', 'other') }),
)
const roles = { resource: 'roles', kind: 'Role', namespace: 'shop' }
const clusterRoles = { resource: 'clusterroles', kind: 'ClusterRole', namespace: undefined }

const held = (uid: string): fc.Arbitrary<Held> => {
  const made = ({ type, space, called, spec }: { type: Type; space: string; called: string; spec: Json }): Held => ({
    type,
    raw: { metadata: { name: called, namespace: space, uid, labels: { app: called } }, spec },
  })
  const plainObject = fc
    .record({ type: fc.constantFrom(...types), space: fc.constantFrom('shop', 'other'), called: name, spec: object })
    .map(made)
  const role = fc.record({
    of: fc.constantFrom(roles, clusterRoles),
    called: name,
    rules: fc.array(rule, { maxLength: 2 }),
  })
  const binding = fc.record({
    of: fc.constantFrom(roles, clusterRoles),
    to: fc.constantFrom('Role', 'ClusterRole'),
    called: name,
    role: name,
    subjects: fc.array(subject, { maxLength: 2 }),
  })
  const metadata = (called: string, namespace: string | undefined) => ({
    name: called,
    uid,
    ...(namespace !== undefined && { namespace }),
  })
  return fc.oneof(
    plainObject,
    role.map(({ of, called, rules }): Held => {
      return { type: { group: rbac, resource: of.resource }, raw: { metadata: metadata(called, of.namespace), rules } }
    }),
    binding.map(({ of, to, called, role: named, subjects }): Held => {
      const kind = of.kind === 'ClusterRole' ? 'ClusterRole' : to
      const raw = { metadata: metadata(called, of.namespace), roleRef: { kind, name: named }, subjects } as Fields
      return { type: { group: rbac, resource: of.resource.replace('role', 'rolebinding') }, raw }
    }),
  )
}

/** RBAC alone, where a few subjects have many bindings to a few roles. */
export const rbacWorld: fc.Arbitrary<Held[]> = fc
  .record({
    rules: fc.array(fc.array(rule, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
    bound: fc.uniqueArray(fc.record({ role: fc.nat(2), isWide: fc.boolean(), who: fc.constantFrom('a', 'b') }), {
      selector: (one) => JSON.stringify(one),
      maxLength: 6,
    }),
  })
  .map(({ rules, bound }) => [
    ...rules.map((own, index): Held => {
      const metadata = { name: `role-${index}`, uid: `role-${index}` }
      return { type: { group: rbac, resource: 'clusterroles' }, raw: { metadata, rules: own } }
    }),
    ...bound.map(({ role, isWide, who }): Held => {
      const called = `${role}-${isWide}-${who}`
      const metadata = { name: called, uid: called, ...(!isWide && { namespace: 'shop' }) }
      const subjects = [{ kind: 'User', name: who }]
      const raw = { metadata, roleRef: { kind: 'ClusterRole', name: `role-${role}` }, subjects }
      return { type: { group: rbac, resource: isWide ? 'clusterrolebindings' : 'rolebindings' }, raw }
    }),
  ])

/** The objects of a cluster, as often as not the same ones as those of another one that is drawn. No two have one name. */
export const world: fc.Arbitrary<Held[]> = fc
  .tuple(...['1', '2', '3', '4', '5', '6', '7', '8'].map((uid) => fc.option(held(uid), { nil: undefined, freq: 4 })))
  .map((all) => {
    const found = all.filter((one) => one !== undefined)
    return [...new Map(found.map((one) => [nameOf(one), one])).values()]
  })

function nameOf({ type, raw }: Held): string {
  const { namespace = '', name: called } = raw['metadata'] as Record<string, string>
  return `${typeKey(type)} ${namespace}/${called}`
}

const all: Coverage = { isWhole: true, namespaces: new Set(), gone: new Set(), why: '' }

/** A side that has these objects, a few in a file; of some types it knows no more than that. */
export function sideOf(objects: Held[], partly: ReadonlySet<string> = new Set()): Side {
  return {
    types: objects.map(({ type }) => type),
    coverage: (type) => (partly.has(typeKey(type)) ? { ...all, isWhole: false, why: 'refused' } : all),
    async *objects(files) {
      for (const [index, { type, raw }] of objects.entries()) {
        const file = String(Math.floor(index / 3))
        if (files?.has(file) ?? true) yield { type, file, raw: JSON.parse(JSON.stringify(raw)) as Fields }
      }
    },
  }
}

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decodeBinding, decodeRole } from '../src/snapshot/decode.ts'
import { readDocuments } from '../src/snapshot/documents.ts'
import type { Binding, PolicyRule, Role } from '../src/snapshot/objects.ts'
import { kubeadmObjects } from './kubeadm-objects.ts'

// Makes src/snapshot/defaults/bootstrap.data.json: the RBAC objects that API servers of many versions and kubeadm make, beside the ClusterRoles of
// cluster-roles.data.json. They are in the tests of Kubernetes itself, whose Go modules are downloaded for that.
const versions = ['1.30.14', '1.31.14', '1.32.13', '1.33.13', '1.34.4', '1.35.4', '1.36.3']
// Those with all feature gates on, where there are.
const files = ['cluster-roles', 'cluster-roles-featuregates', 'controller-roles', 'namespace-roles']
const bindingFiles = ['cluster-role-bindings', 'controller-role-bindings', 'namespace-role-bindings']

type Raw = Record<string, unknown>
const root = dirname(import.meta.dirname)
const defaults = join(root, 'src/snapshot/defaults')
const known = JSON.parse(readFileSync(join(defaults, 'cluster-roles.data.json'), 'utf8')) as Raw[]
const rules = new Map(known.map((raw) => decodeRole(raw, 'ClusterRole')).map((role) => [keyOf(role), ruleSet(role)]))
const more = new Map<string, { role: Role; rules: PolicyRule[] }>()
const bindings = new Map<string, Binding>()

for (const version of versions) {
  const folder = join(moduleOf(version), 'plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata')
  const roles = (await Promise.all(files.map(async (file) => await objectsIn(join(folder, `${file}.yaml`))))).flat()
  addRoles(roles.map((raw) => decodeRole(raw, raw['kind'] as Role['kind'])))
  for (const file of bindingFiles) for (const raw of await objectsIn(join(folder, `${file}.yaml`))) addBinding(raw)
}
for (const raw of kubeadmObjects) {
  if (String(raw['kind']).endsWith('Binding')) addBinding(raw)
  else addRoles([decodeRole(raw, raw['kind'] as Role['kind'])])
}

const rows = [
  ...[...more.values()].map(({ role, rules: extra }) => ({
    kind: role.kind,
    metadata: metadataOf(role),
    rules: extra.map(filled),
  })),
  ...[...bindings.values()].map((binding) => ({
    kind: binding.kind,
    metadata: metadataOf(binding),
    roleRef: binding.roleRef,
    subjects: binding.subjects,
  })),
]
writeFileSync(join(defaults, 'bootstrap.data.json'), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`)

function moduleOf(version: string): string {
  const said = execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], { encoding: 'utf8' })
  return (JSON.parse(said) as { Dir: string }).Dir
}

async function objectsIn(file: string): Promise<Raw[]> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const [list] = (await readDocuments(text)) as { value: { items: Raw[] } }[]
  if (!list) throw new TypeError(`${file} is empty`)
  return list.value.items
}

// What an aggregated role takes from the others is its own too.
function addRoles(all: Role[]): void {
  for (const role of all) addRules(role, role.rules)
  const takes = (role: Role): Role[] => {
    const wanted = (role.aggregation ?? []).flatMap(({ matchLabels }) => Object.entries(matchLabels))
    const sources = all.filter(({ labels }) => wanted.some(([key, value]) => labels[key] === value))
    return [...sources, ...sources.flatMap(takes)]
  }
  for (const role of all) for (const source of takes(role)) addRules(role, source.rules)
}

function addRules(role: Role, own: PolicyRule[]): void {
  const key = keyOf(role)
  const there = rules.get(key) ?? new Set()
  rules.set(key, there)
  for (const rule of own) {
    if (there.has(JSON.stringify(rule))) continue
    there.add(JSON.stringify(rule))
    const found = more.get(key) ?? { role, rules: [] }
    found.rules.push(rule)
    more.set(key, found)
  }
}

function addBinding(raw: Raw): void {
  const binding = decodeBinding(raw, raw['kind'] as Binding['kind'])
  const key = `${keyOf(binding)} ${JSON.stringify(binding.roleRef)}`
  const there = bindings.get(key)
  const isNew = (subject: object) => there?.subjects.every((one) => JSON.stringify(one) !== JSON.stringify(subject))
  if (there) there.subjects.push(...binding.subjects.filter(isNew))
  else bindings.set(key, binding)
}

function ruleSet({ rules: own }: Role): Set<string> {
  return new Set(own.map((rule) => JSON.stringify(rule)))
}

function keyOf({ kind, namespace = '', name }: Role | Binding): string {
  return `${kind} ${namespace}/${name}`
}

function metadataOf({ namespace, name }: Role | Binding): object {
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

function filled(rule: PolicyRule): object {
  return Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0))
}

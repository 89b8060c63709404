import type { PolicyRule } from '../snapshot/objects.ts'

/** The smallest part of a rule: one verb on one resource (with its subresource, and one name where names narrow it), or on one URL. Its words may be wildcards. */
export type Atom =
  | { verb: string; group: string; resource: string; name?: string | undefined }
  | { verb: string; url: string }

/** Which atoms are one; no word of RBAC holds a NUL. */
export function atomKey(atom: Atom): string {
  if ('url' in atom) return `${atom.verb}\0${atom.url}`
  return [atom.verb, atom.group, atom.resource, ...(atom.name === undefined ? [] : [atom.name])].join('\0')
}

// Beyond this a rule is not taken apart: thousands of words would make millions of atoms.
const mostAtoms = 10_000

/** A rule taken apart, in its order; undefined where that would be too many. Source: validation.BreakdownRule (component-helpers/auth/rbac). */
export function atomsOf({
  verbs,
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): Atom[] | undefined {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames
  const amount = verbs.length * (apiGroups.length * resources.length * names.length + nonResourceURLs.length)
  if (amount > mostAtoms) return undefined
  const atoms: Atom[] = []
  for (const verb of verbs) {
    for (const group of apiGroups)
      for (const resource of resources)
        for (const name of names) atoms.push({ verb, group, resource, ...(name !== undefined && { name }) })
    for (const url of nonResourceURLs) atoms.push({ verb, url })
  }
  return atoms
}

/** Whether a rule grants all that an atom does. Source: validation.ruleCovers (component-helpers/auth/rbac). */
export function ruleCovers(rule: PolicyRule, atom: Atom): boolean {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(atom.verb)) return false
  if ('url' in atom) return rule.nonResourceURLs.some((url) => urlCovers(url, atom.url))
  const { group, resource, name } = atom
  if (!rule.apiGroups.includes('*') && !rule.apiGroups.includes(group)) return false
  if (rule.resourceNames.length > 0 && (name === undefined || !rule.resourceNames.includes(name))) return false
  if (rule.resources.includes('*') || rule.resources.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && rule.resources.includes(`*${resource.slice(slash)}`)
}

function urlCovers(owner: string, wanted: string): boolean {
  if (owner === wanted) return true
  if (!owner.endsWith('*')) return false
  let end = owner.length
  while (owner[end - 1] === '*') end -= 1
  return wanted.startsWith(owner.slice(0, end))
}

/** The rules that grant these atoms and nothing else, as few as plain merging makes; atoms that others cover are left out. */
export function rulesOf(atoms: readonly Atom[]): PolicyRule[] {
  let rules = withoutCovered(atoms).map(ruleOf)
  for (const list of ['verbs', 'resourceNames', 'resources', 'apiGroups', 'nonResourceURLs'] as const)
    rules = merged(rules, list)
  return rules
}

function withoutCovered(atoms: readonly Atom[]): Atom[] {
  const kept = new Map(atoms.map((atom) => [atomKey(atom), atom]))
  const wide = [...kept].filter(([, atom]) => isWide(atom)).map(([key, atom]) => ({ key, rule: ruleOf(atom) }))
  for (const [key, atom] of kept) {
    const isNamed = 'name' in atom && kept.has(atomKey({ ...atom, name: undefined }))
    // Of two that cover each other the later stays.
    if (isNamed || wide.some((other) => other.key !== key && kept.has(other.key) && ruleCovers(other.rule, atom)))
      kept.delete(key)
  }
  return [...kept.values()]
}

/** The rule of one atom. */
export function ruleOf(atom: Atom): PolicyRule {
  if ('url' in atom)
    return { verbs: [atom.verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [atom.url] }
  const { verb, group, resource, name } = atom
  return {
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    resourceNames: name === undefined ? [] : [name],
    nonResourceURLs: [],
  }
}

function isWide(atom: Atom): boolean {
  if (atom.verb === '*') return true
  return 'url' in atom ? atom.url.endsWith('*') : atom.group === '*' || atom.resource.startsWith('*')
}

// Rules that differ in this list alone become one. No names are all names, and do not merge with some.
function merged(rules: PolicyRule[], list: keyof PolicyRule): PolicyRule[] {
  const known = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const key = JSON.stringify({ ...rule, [list]: rule[list].length === 0 })
    const other = known.get(key)
    if (other) other[list] = [...new Set([...other[list], ...rule[list]])].toSorted()
    else known.set(key, { ...rule })
  }
  return [...known.values()]
}

import type { Finding } from './finding.ts'

type Evidence = {
  grants: {
    binding: { kind: string; namespace?: string | undefined; name: string }
    roleRef: { kind: string; name: string }
    rule?: Words | undefined
  }[]
  state: { kind: string; namespace?: string | undefined; name: string; field?: string | undefined; says: string }[]
}
type Words = {
  verbs: string[]
  apiGroups: string[]
  resources: string[]
  resourceNames: string[]
  nonResourceURLs: string[]
}

/** What a finding rests on, a line each, sorted: two findings with the same lines rest on the same. Raw text. */
export function evidenceOf({ grants, state }: Evidence | Finding): string[] {
  const lines = [
    ...grants.map(({ binding, roleRef, rule }) => {
      const chain = `${refText(binding)} → ${roleRef.kind}/${roleRef.name}`
      return rule ? `${chain}: ${ruleText(rule)}` : chain
    }),
    ...state.map(({ field, says, ...of }) => `${refText(of)}${field === undefined ? '' : ` ${field}`} ${says}`),
  ]
  return [...new Set(lines)].sort()
}

/** A rule in its own words: `get,list secrets (key-1)`. Raw text. */
export function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Words): string {
  const groups = apiGroups.filter((group) => group !== '')
  const types = resources.join(',') + (resources.length > 0 && groups.length > 0 ? ` of ${groups.join(',')}` : '')
  const names = resourceNames.length > 0 ? ` (${resourceNames.map((name) => name || '""').join(', ')})` : ''
  return [verbs.join(','), types + names, nonResourceURLs.join(',')].filter((part) => part !== '').join(' ')
}

function refText({ kind, namespace, name }: { kind: string; namespace?: string | undefined; name: string }): string {
  return `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}`
}

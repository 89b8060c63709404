import type { PolicyRule } from '../snapshot/objects.ts'

/**
 * The single rights that a rule is made of, as keys: one verb on one resource, by name where it is narrowed, or on one URL; each once. One by one:
 * a rule of a thousand words in each list has more of them than any memory holds.
 */
export function* ruleParts(rule: PolicyRule): Generator<string> {
  const { apiGroups, resources, resourceNames, nonResourceURLs } = rule
  const names = resourceNames.length === 0 ? [undefined] : new Set(resourceNames)
  for (const verb of new Set(rule.verbs)) {
    for (const url of new Set(nonResourceURLs)) yield JSON.stringify([verb, url])
    for (const group of new Set(apiGroups))
      for (const resource of new Set(resources))
        for (const name of names) yield JSON.stringify([verb, group, resource, name])
  }
}

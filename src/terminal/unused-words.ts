import type { PolicyRule } from '../snapshot/objects.ts'
import type { RuleRow, UsedPart } from '../unused/grant-row.ts'
import { typeText } from './rbac-tables.ts'

/** The parts of a rule that were used, in words. Raw text. */
export function usedText({ used }: RuleRow): string {
  return used.map(partText).join('; ') || '-'
}

function partText({ verb, apiGroup = '', resource = '', resourceName, nonResourceURL }: UsedPart): string {
  if (nonResourceURL !== undefined) return `${verb} ${nonResourceURL}`
  return `${verb} ${written(apiGroup, resource)}${resourceName === undefined ? '' : ` ${resourceName}`}`
}

/** The first of a list; the rest is counted. */
export function few<T>(list: readonly T[], most: number): (T | string)[] {
  return list.length <= most ? [...list] : [...list.slice(0, most), `${list.length - most} more (-o wide)`]
}

/** Rules in words: `get,list pods,pods/log; delete secrets a`. Raw text. */
export function rulesText(rules: readonly PolicyRule[], most = Infinity): string {
  return (
    rules
      .map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
        const kinds = apiGroups.flatMap((group) => resources.map((resource) => written(group, resource)))
        const names = resourceNames.length === 0 ? '' : ` ${few(resourceNames, most).join(',')}`
        return `${verbs.join(',')} ${few([...kinds, ...nonResourceURLs], most).join(',')}${names}`
      })
      .join('; ') || '-'
  )
}

function written(group: string, resource: string): string {
  const slash = resource.indexOf('/')
  return slash < 0
    ? typeText(group, resource, '')
    : typeText(group, resource.slice(0, slash), resource.slice(slash + 1))
}

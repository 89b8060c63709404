import type { Bootstrap } from '../../attack/bootstrap.ts'
import type { Role } from '../../snapshot/objects.ts'
import type { Found } from '../found.ts'
import { roleFound } from './role-found.ts'
import { roleInfos as infos } from './role-texts.ts'

/** What was added to a role of the cluster's own by its label. */
export function widened(role: Role, bootstrap: Bootstrap): Found[] {
  if (!role.aggregation) return []
  return bootstrap
    .addedBy(role)
    .filter(({ aggregation, rules }) => !aggregation && rules.length > 0)
    .map((source) => {
      const grave = source.rules.some(isGrave)
      const because = [
        `it adds to ${role.name}`,
        grave
          ? 'among its rules are rights over secrets, pods, roles or all resources'
          : 'its rules are of other resources',
      ]
      return roleFound(infos.widened, source, grave ? 'medium' : 'low', because, role.name)
    })
}

const graveWords = new Set([
  '*',
  'secrets',
  'pods',
  'pods/exec',
  'pods/attach',
  'pods/ephemeralcontainers',
  'serviceaccounts/token',
])

function isGrave({ apiGroups, resources, verbs }: Role['rules'][number]): boolean {
  const isCore = apiGroups.includes('') || apiGroups.includes('*')
  if (isCore && resources.some((entry) => graveWords.has(entry))) return true
  return (
    apiGroups.includes('rbac.authorization.k8s.io') && verbs.some((verb) => !['get', 'list', 'watch'].includes(verb))
  )
}

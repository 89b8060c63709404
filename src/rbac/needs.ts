import { roleBindingReach } from './binding-reach.ts'
import type { Query } from './query.ts'

/** The namespace whose RoleBindings can answer a query: `*` for all, undefined for none. */
export function neededNamespace(query: Query): string | undefined {
  if ('path' in query) return undefined
  const reach = roleBindingReach(query)
  if (reach === 'none') return undefined
  return reach === 'own-namespace' ? (query.name ?? '*') : query.scope
}

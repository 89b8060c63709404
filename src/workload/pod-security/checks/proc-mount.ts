import { type Rule, removing, within } from '../check.ts'
import { containersText, quoted, sortedSet } from '../wording.ts'

/** Source: check_procMount_baseline.go. */
export const procMount: Rule = (pod) => {
  const bad = pod.containers.filter(({ security }) => (security.procMount ?? 'Default') !== 'Default')
  if (bad.length === 0) return undefined
  const types = quoted(sortedSet(bad.map(({ security }) => security.procMount ?? '')))
  const paths = bad.map((container) => within(container, 'procMount'))
  const detail = `${containersText(bad)} must not set securityContext.procMount to ${types}`
  return { reason: 'procMount', detail, paths, fix: removing(paths) }
}

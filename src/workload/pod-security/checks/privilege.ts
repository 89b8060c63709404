import { type Rule, turningOff, within } from '../check.ts'
import { containersText } from '../wording.ts'

/** Source: check_privileged.go. */
export const privileged: Rule = (pod) => {
  const bad = pod.containers.filter(({ security }) => security.privileged === true)
  if (bad.length === 0) return undefined
  const paths = bad.map((container) => within(container, 'privileged'))
  const detail = `${containersText(bad)} must not set securityContext.privileged=true`
  return { reason: 'privileged', detail, paths, fix: turningOff(paths) }
}

/** Source: check_allowPrivilegeEscalation.go. */
export const allowPrivilegeEscalation: Rule = (pod) => {
  const bad = pod.containers.filter(({ security }) => security.allowPrivilegeEscalation !== false)
  if (bad.length === 0) return undefined
  const paths = bad.map((container) => within(container, 'allowPrivilegeEscalation'))
  // The API server takes no `false` of a container that has these: it goes together with what takes them away.
  const isAskedFor = bad.some(
    ({ security }) =>
      security.allowPrivilegeEscalation === true ||
      security.privileged === true ||
      security.capabilities?.add.includes('CAP_SYS_ADMIN'),
  )
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`,
    paths,
    fix: pod.isWindows ? undefined : { edits: turningOff(paths).edits, risky: isAskedFor },
  }
}

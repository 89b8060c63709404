import { flag, isUnset, items, record, ShapeError } from './decode.ts'
import type { Container } from './pod-escapes.ts'

type Raw = Record<string, unknown>

/**
 * The containers of a pod, with what of the pod's holds for each. Init and ephemeral containers that are over are no place to run code any more;
 * sidecars run on. Throws ShapeError.
 */
export function containersOf(spec: Raw, status: Raw): (Container & { isOver: boolean })[] {
  const context = record(spec['securityContext'] ?? {}, 'spec.securityContext')
  const hasHostPid = flag(spec['hostPID'], 'spec.hostPID')
  const hasOwnUsers = !isUnset(spec['hostUsers']) && !flag(spec['hostUsers'], 'spec.hostUsers')
  const list = (key: string, states: string, isLeft: (raw: Raw, state: Raw | undefined) => boolean) => {
    const stateOf = new Map(
      items(status[states], `status.${states}`, (entry, at) => [
        entry['name'],
        record(entry['state'] ?? {}, `${at}.state`),
      ]),
    )
    return items(spec[key], `spec.${key}`, (raw, field) => {
      const state = stateOf.get(raw['name'])
      const user = userOf([record(raw['securityContext'] ?? {}, `${field}.securityContext`), context], field)
      return { raw, field, hasHostPid, hasOwnUsers, user, isOver: !isLeft(raw, state) }
    })
  }
  return [
    ...list('containers', 'containerStatuses', () => true),
    ...list('initContainers', 'initContainerStatuses', (raw, state) => {
      return raw['restartPolicy'] === 'Always' || !isUnset(state?.['running'])
    }),
    ...list('ephemeralContainers', 'ephemeralContainerStatuses', (_, state) => isUnset(state?.['terminated'])),
  ]
}

// The container's own word goes before the pod's, for each of the two.
function userOf(contexts: Raw[], field: string): string | undefined {
  const user = contexts.map(({ runAsUser }) => runAsUser).find((value) => !isUnset(value))
  if (user !== undefined && typeof user !== 'number')
    throw new ShapeError(`${field}.securityContext.runAsUser`, 'a number', user)
  if (user !== undefined) return user === 0 ? undefined : `user ${user}, not as root`
  const nonRoot = contexts.map(({ runAsNonRoot }) => runAsNonRoot).find((value) => !isUnset(value))
  return flag(nonRoot, `${field}.securityContext.runAsNonRoot`) ? 'another user than root' : undefined
}

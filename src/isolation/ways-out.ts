import { rawSenders } from './sever-facts.ts'
import { listAt, type Raw, recordAt, specOf, textAt, textsAt } from './raw.ts'

/**
 * Containers whose root may have NET_RAW, as most runtimes give it: a packet socket goes past the cut of live connections. New flows it
 * cannot open, as the node's policies see them; those that the node still tracks it can go on with (tried: UDP with replies, on Calico).
 */
export function rawWays(pod: Raw): string[] {
  return rawSenders(pod).map(
    (name) =>
      `root in container ${name} may hold NET_RAW: with raw packets it could go on with a UDP flow that was open; a pod that drops NET_RAW, or does not run as root, could not`,
  )
}

/**
 * Containers that can leave the pod's network for that of its node by what they hold, where nothing that is done to the pod stops them. Those
 * with NET_ADMIN, and privileged ones, are named with the cut of live connections. Source: setns(2), ptrace(2), init_module(2); seen with nsenter.
 */
export function waysOut(pod: Raw): string[] {
  const spec = specOf(pod)
  // With the processes of the node in sight, their network can be entered, or they can be made to use it.
  const reaches = spec['hostPID'] === true ? ['SYS_ADMIN', 'SYS_PTRACE'] : []
  const wanted = new Set([...reaches, 'SYS_MODULE'])
  return [
    ...listAt(spec, 'containers'),
    ...listAt(spec, 'initContainers'),
    ...listAt(spec, 'ephemeralContainers'),
  ].flatMap((container) => {
    const added = textsAt(recordAt(recordAt(container, 'securityContext'), 'capabilities'), 'add')
    const held = added.map((name) => name.toUpperCase().replace(/^CAP_/, '')).find((name) => wanted.has(name))
    if (held === undefined) return []
    const how = held === 'SYS_MODULE' ? '' : ' and sees the processes of the node'
    return [`container ${textAt(container, 'name')} holds ${held}${how}: it can use the network of the node`]
  })
}

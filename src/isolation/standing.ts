import { listAt, metaOf, type Raw, specOf, statusOf, textAt } from './raw.ts'

/** Whether policies can cut a pod off: what they cannot is said, and does not stop the rest. */
export type Standing = 'enforceable' | 'ended' | 'host-network' | 'static'

/** Mark of the kubelet on the API's picture of a pod that it runs from a file. Source: kubetypes.ConfigMirrorAnnotationKey. */
const mirrorAnnotation = 'kubernetes.io/config.mirror'

export function standingOf(pod: Raw): Standing {
  if (['Succeeded', 'Failed'].includes(textAt(statusOf(pod), 'phase'))) return 'ended'
  if (specOf(pod)['hostNetwork'] === true) return 'host-network'
  return isStatic(pod) ? 'static' : 'enforceable'
}

/** Whether its node runs it from a file, and goes on with that whatever the API says; such pods are often on its network too. */
export function isStatic(pod: Raw): boolean {
  const { annotations, owners } = metaOf(pod)
  return (
    Object.hasOwn(annotations, mirrorAnnotation) || owners.some(({ kind, controller }) => controller && kind === 'Node')
  )
}

/** What is to be said of how a pod stands, apart from the plan; nothing for a plain running one. */
export function standingNotes(pod: Raw): string[] {
  const { deleting } = metaOf(pod)
  const hasAddress = textAt(statusOf(pod), 'podIP') !== '' || listAt(statusOf(pod), 'podIPs').length > 0
  const notes: string[] = []
  switch (standingOf(pod)) {
    case 'ended':
      return ['it has ended: there is nothing to cut off, and nothing of it runs any more']
    case 'host-network':
      notes.push(
        'it is on the network of its node, which no NetworkPolicy reaches: cut the node off (a Cilium host policy, a Calico HostEndpoint, or the security group of the machine), or delete the pod',
      )
      break
    case 'static':
      notes.push(
        'it is a static pod: its node runs it from a file and goes on whatever the API says; remove the file on the node',
      )
      break
    case 'enforceable':
      if (!hasAddress) notes.push('it has no address yet: the policies are there before it gets one')
  }
  if (deleting)
    notes.push('it is being deleted: what it holds is lost when its grace period ends, unless a finalizer keeps it')
  return notes
}

import { listAt, type Raw, recordAt, statusOf, textAt } from './raw.ts'

// The kubelet tries again for ever; nobody waits for it during an incident. Source: pkg/kubelet/images/types.go, kuberuntime's errors.
const fatal = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])

/** Why a container of a pod will not run, as the kubelet says; undefined where it may still come. Hostile text. */
export function containerFailure(pod: Raw, container: string): string | undefined {
  const status = statusOf(pod)
  const found = [...listAt(status, 'ephemeralContainerStatuses'), ...listAt(status, 'containerStatuses')].find(
    (entry) => textAt(entry, 'name') === container,
  )
  const waiting = recordAt(recordAt(found ?? {}, 'state'), 'waiting')
  if (fatal.has(textAt(waiting, 'reason'))) return said(waiting)
  if (textAt(status, 'phase') === 'Failed') return said(status)
  const unscheduled = listAt(status, 'conditions').find(
    (condition) => textAt(condition, 'type') === 'PodScheduled' && textAt(condition, 'status') === 'False',
  )
  return unscheduled ? said(unscheduled) : undefined
}

function said(from: Raw): string {
  const message = textAt(from, 'message').slice(0, 300)
  return [textAt(from, 'reason') || 'it failed', ...(message ? [message] : [])].join(': ')
}

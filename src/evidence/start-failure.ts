import { recordAt, recordsAt } from './pod-ref.ts'

type Raw = Record<string, unknown>

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
  const status = recordAt(pod, 'status')
  const found = [...recordsAt(status, 'ephemeralContainerStatuses'), ...recordsAt(status, 'containerStatuses')].find(
    (entry) => entry['name'] === container,
  )
  const waiting = recordAt(recordAt(found ?? {}, 'state'), 'waiting')
  if (fatal.has(String(waiting['reason']))) return said(waiting)
  if (status['phase'] === 'Failed') return said(status)
  const unscheduled = recordsAt(status, 'conditions').find(
    (condition) => condition['type'] === 'PodScheduled' && condition['status'] === 'False',
  )
  return unscheduled ? said(unscheduled) : undefined
}

function said(from: Raw): string {
  const textOf = (field: string) => (typeof from[field] === 'string' ? from[field] : '')
  const message = textOf('message').slice(0, 300)
  return [textOf('reason') || 'it failed', ...(message ? [message] : [])].join(': ')
}

import { createHash } from 'node:crypto'
import { type Json, objectName, type SubresourceChange } from '../../change/plan.ts'
import { podRefOf, recordAt, recordsAt } from '../pod-ref.ts'
import { volatileScript } from './script.ts'

type Raw = Record<string, unknown>

/**
 * How the container that gathers is run. `tracer`: root with SYS_PTRACE and DAC_READ_SEARCH, which sees every process of the pod (Pod Security:
 * privileged). `alike`: as the container it looks at, which admission has let in before; it sees what that one's user may see.
 */
export type Sight = 'tracer' | 'alike'

/** Why nothing can be gathered from inside a pod; undefined where it can. */
export function whyNoVolatile(pod: Raw): string | undefined {
  const spec = recordAt(pod, 'spec')
  const status = recordAt(pod, 'status')
  if (recordAt(recordAt(pod, 'metadata'), 'annotations')['kubernetes.io/config.mirror'] !== undefined)
    return 'it is a static pod: the kubelet runs it from a file on the node, and no container can be added to it'
  const system = recordAt(spec, 'os')['name'] ?? recordAt(spec, 'nodeSelector')['kubernetes.io/os']
  if (system === 'windows') return 'it runs on Windows, which has no /proc'
  if (spec['hostPID'] === true)
    return "it shares the process namespace of its node: what is seen there is the node's and every pod's (look at the node itself)"
  if (status['phase'] === 'Succeeded' || status['phase'] === 'Failed')
    return `it has ended (${status['phase']}): it has no processes`
  return runningOf(pod).length === 0 ? 'none of its containers runs' : undefined
}

/** The containers to look into: one where they share their processes, else each that runs. */
export function lookedInto(pod: Raw): string[] {
  const names = runningOf(pod)
  return recordAt(pod, 'spec')['shareProcessNamespace'] === true ? names.slice(0, 1) : names
}

/** Debug containers that run with processes of their own, which no other container can be joined to. */
export function outOfSight(pod: Raw): string[] {
  if (recordAt(pod, 'spec')['shareProcessNamespace'] === true) return []
  const running = runningIn(pod, 'ephemeralContainerStatuses')
  return recordsAt(recordAt(pod, 'spec'), 'ephemeralContainers')
    .filter((one) => !one['targetContainerName'] && running.includes(String(one['name'])))
    .map((one) => String(one['name']))
}

/** Adds the container that gathers to a pod, beside `target`, whose process namespace it joins. `index`: its place among those of the pod. */
export function gatherChange(
  pod: Raw,
  target: string,
  { planId, image, sight, index }: { planId: string; image: string; sight: Sight; index: number },
): SubresourceChange {
  const { name = '', namespace = '', uid = '' } = podRefOf(pod) ?? {}
  return {
    id: `volatile-${createHash('sha256').update(uid).digest('hex').slice(0, 8)}-${index}`,
    do: 'subresource',
    subresource: 'ephemeralcontainers',
    ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace, name, uid },
    why: `see what runs in container ${target}: processes, sockets, open files, mounts`,
    risk: `the processes of the pod see it, for up to a minute${sight === 'alike' ? `; it runs as container ${target} does, so they can end it or make it lie` : ''}`,
    // One that cannot be added is a gap, and no reason not to look at the others.
    optional: true,
    container: {
      name: objectName(planId, `volatile-${index}`),
      image,
      imagePullPolicy: 'IfNotPresent',
      targetContainerName: target,
      command: ['sh', '-c', volatileScript],
      securityContext: sight === 'tracer' ? tracer : alike(pod, target),
    },
  }
}

/** How a container that was planned sees. */
export function sightOf({ container }: SubresourceChange): Sight {
  return JSON.stringify(container['securityContext'] ?? {}).includes('"SYS_PTRACE"') ? 'tracer' : 'alike'
}

// To see what a process of another user runs takes SYS_PTRACE, to list what it has open DAC_READ_SEARCH.
const tracer = {
  runAsUser: 0,
  runAsGroup: 0,
  runAsNonRoot: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], add: ['SYS_PTRACE', 'DAC_READ_SEARCH'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

// Its user may be that of its image: the kubelet tells which it became (status.containerStatuses[].user, Kubernetes 1.33).
function alike(pod: Raw, target: string): { [key: string]: Json } {
  const find = (at: Raw, ...fields: string[]) =>
    fields.flatMap((field) => recordsAt(at, field)).find((one) => one['name'] === target) ?? {}
  const own = recordAt(find(recordAt(pod, 'spec'), 'containers', 'initContainers'), 'securityContext')
  const status = find(recordAt(pod, 'status'), 'containerStatuses', 'initContainerStatuses')
  const { uid, gid } = recordAt(recordAt(status, 'user'), 'linux')
  return {
    ...(own as { [key: string]: Json }),
    ...(typeof uid === 'number' && { runAsUser: uid }),
    ...(typeof gid === 'number' && { runAsGroup: gid }),
    readOnlyRootFilesystem: true,
  }
}

function runningOf(pod: Raw): string[] {
  return [...runningIn(pod, 'containerStatuses'), ...runningIn(pod, 'initContainerStatuses')]
}

function runningIn(pod: Raw, field: string): string[] {
  return recordsAt(recordAt(pod, 'status'), field)
    .filter((one) => Object.hasOwn(recordAt(one, 'state'), 'running'))
    .map((one) => String(one['name']))
}

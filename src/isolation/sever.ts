import { createHash } from 'node:crypto'
import { type CreateChange, objectName, planLabel, type SubresourceChange } from '../change/plan.ts'
import { helperScript } from './helper-script.ts'
import { metaOf, type Raw, specOf, textAt, listAt, statusOf } from './raw.ts'
import { nodeAddresses, probePorts, severEnv } from './sever-facts.ts'
import { severScript } from './sever-script.ts'

export type SeverInput = {
  planId: string
  /** What it has to have: probe-image.ts. */
  image: string
  /** Addresses and CIDRs that stay reachable: those of --allow-from and --allow-to. */
  peers?: string[]
  /** Of a later try under the same plan: an ephemeral container's name is taken for good. */
  attempt?: number
}

export type SeverAction = 'cut' | 'release'

/**
 * The first way: an ephemeral container of the pod with NET_ADMIN and nothing else. It ends by itself within seconds; its entry in
 * the pod's spec stays until the pod goes. Levels baseline and restricted of Pod Security refuse it (capabilities).
 */
export function severChange(pod: Raw, input: SeverInput, action: SeverAction = 'cut'): SubresourceChange {
  const { name, namespace, uid } = metaOf(pod)
  return {
    id: changeId(pod, action),
    do: 'subresource',
    subresource: 'ephemeralcontainers',
    ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace, name, uid },
    why: why[action],
    risk: risk(pod, action),
    container: {
      name: containerName(input, action),
      image: input.image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', severScript, 'sever', action],
      env: severEnv(pod, input.planId, input.peers ?? []),
      securityContext: {
        // A capability is of use to root alone: the container runtime gives none to others.
        runAsUser: 0,
        runAsGroup: 0,
        runAsNonRoot: false,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  }
}

/**
 * The second way, where Pod Security or admission refuses the first: a privileged pod on the node for some seconds, in the namespace of the
 * records, which enters the network namespace of the pod and no other. That namespace must allow the Pod Security level privileged.
 */
export function helperChange(
  pod: Raw,
  input: SeverInput & { stateNamespace: string },
  action: SeverAction = 'cut',
): CreateChange {
  const { uid } = metaOf(pod)
  const { planId, image, stateNamespace, attempt } = input
  const suffix = [action === 'cut' ? 'sever' : 'release', short(uid), ...(attempt ? [attempt] : [])].join('-')
  const name = objectName(planId, suffix)
  return {
    id: `${changeId(pod, action)}-helper`,
    do: 'create',
    temporary: true,
    ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: stateNamespace, name },
    why: `${why[action]}, by a helper on its node`,
    risk: `a privileged pod runs on node ${textAt(specOf(pod), 'nodeName')} for some seconds; ${risk(pod, action)}`,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: stateNamespace, labels: { [planLabel]: planId } },
      spec: {
        nodeName: textAt(specOf(pod), 'nodeName'),
        hostPID: true,
        restartPolicy: 'Never',
        activeDeadlineSeconds: 120,
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: helperContainer,
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', helperScript, 'helper', action, severScript],
            env: [...severEnv(pod, planId, input.peers ?? []), { name: 'KS_CGROUP', value: cgroupPattern(pod) }],
            resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
            securityContext: { privileged: true, runAsUser: 0, runAsNonRoot: false },
          },
        ],
      },
    },
  }
}

export const helperContainer = 'helper'

/** The name of the ephemeral container of an action. */
export function containerName({ planId, attempt }: SeverInput, action: SeverAction): string {
  const suffix = action === 'cut' ? 'sever' : 'release'
  return objectName(planId, attempt ? `${suffix}-${attempt}` : suffix)
}

const why = {
  cut: 'cut the connections that are open: a policy stops only new ones',
  release: 'let the pod use its network again',
}

function risk(pod: Raw, action: SeverAction): string {
  if (action === 'release') return 'what the policies allow is open again'
  const ports = probePorts(pod)
  if (ports.length === 0) return 'nothing but loopback works in the pod until it is released'
  const from = nodeAddresses(pod).join(', ')
  return `nothing but loopback and the kubelet's probes (port ${ports.join(', ')}) works until it is released; a kubelet that probes from another address than ${from} or the pod's gateway sees them fail, and may restart containers`
}

/**
 * What the line of /proc/PID/cgroup of a process of the pod has in it, by which the helper finds one: the uid of the pod, as the
 * cgroup drivers cgroupfs and systemd write it, or the id of a container. No text from inside the pod is in it.
 */
export function cgroupPattern(pod: Raw): string {
  const { uid } = metaOf(pod)
  const ids = listAt(statusOf(pod), 'containerStatuses').map(
    (status) => textAt(status, 'containerID').split('//')[1] ?? '',
  )
  const uids = /^[\da-f-]{36}$/i.test(uid) ? [`pod${uid}`, `pod${uid.replaceAll('-', '_')}`] : []
  return [...uids, ...ids.filter((id) => /^[\da-f]{64}$/.test(id))].join('|')
}

function changeId(pod: Raw, action: SeverAction): string {
  return `${action === 'cut' ? 'sever' : 'release'}-${short(metaOf(pod).uid)}`
}

const short = (uid: string): string => createHash('sha256').update(uid).digest('hex').slice(0, 8)

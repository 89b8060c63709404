import type { Escape, PodState, WorkloadState } from './cluster-state.ts'
import { flag, isUnset, items, namespaceOf, optionalText, record, strings, text } from './decode.ts'
import { containersOf } from './pod-containers.ts'
import { claimMounts, type ClaimMount, mountsOf, podEscapes } from './pod-escapes.ts'
import { envSecrets, podVolumes } from './pod-volumes.ts'

type Raw = Record<string, unknown>

/** A pod, and what of it waits for other objects: where no admission has decided on its token, and mounts of claims. */
export type DecodedPod = {
  pod: PodState
  /** A static pod of the API server: its node is of the control plane. */
  isApiServer: boolean
  /** Of a manifest that no server wrote: what it says of its token; undefined leaves that to its account. */
  unadmitted?: { automount: boolean | undefined }
  claims: ClaimMount[]
}
export type DecodedWorkload = { workload: WorkloadState; claims: ClaimMount[] }

/**
 * A pod as questions on attacks see it; throws ShapeError. Whether it has a token is what admission mounted into it (plugin/pkg/admission/
 * serviceaccount); a mirror pod has none.
 */
export function decodePodState(raw: Raw): DecodedPod {
  const metadata = record(raw['metadata'], 'metadata')
  const spec = record(raw['spec'] ?? {}, 'spec')
  const status = record(raw['status'] ?? {}, 'status')
  const { token, isApiServer, claims, ...parts } = decodeSpec(spec, status)
  const annotations = strings(metadata['annotations'], 'metadata.annotations')
  const isMirror = annotations['kubernetes.io/config.mirror'] !== undefined
  const uid = optionalText(metadata['uid'], 'metadata.uid')
  const node = optionalText(spec['nodeName'], 'spec.nodeName')
  const phase = optionalText(status['phase'], 'status.phase')
  const controller = controllerOf(metadata)
  const pod: PodState = {
    namespace: namespaceOf(metadata),
    name: text(metadata['name'], 'metadata.name'),
    ...(uid ? { uid } : {}),
    ...(node ? { node } : {}),
    ...(phase ? { phase } : {}),
    labels: strings(metadata['labels'], 'metadata.labels'),
    ...(isMirror ? { mirror: true } : {}),
    token: token && !isMirror,
    ...parts,
    ...(controller ? { controller } : {}),
  }
  const { automountServiceAccountToken: automount } = spec
  const isOpen = !uid && !isMirror && !token
  return {
    pod,
    isApiServer: isApiServer && isMirror,
    ...(isOpen ? { unadmitted: { automount: isUnset(automount) ? undefined : flag(automount, automountField) } } : {}),
    claims,
  }
}

/** A workload by its template; `at` is where that stands below spec. Throws ShapeError. */
export function decodeWorkload(raw: Raw, kind: string, at: readonly string[]): DecodedWorkload {
  const metadata = record(raw['metadata'], 'metadata')
  const below = (from: Raw, key: string) => record(from[key] ?? {}, key)
  const spec = [...at, 'spec'].reduce(below, below(raw, 'spec'))
  const { serviceAccount, escapes, claims } = decodeSpec(spec, {})
  const name = text(metadata['name'], 'metadata.name')
  return { workload: { kind, namespace: namespaceOf(metadata), name, serviceAccount, escapes }, claims }
}

const automountField = 'spec.automountServiceAccountToken'

type Spec = Pick<PodState, 'serviceAccount' | 'secrets' | 'nodeSecrets' | 'escapes'>

function decodeSpec(spec: Raw, status: Raw): Spec & { token: boolean; isApiServer: boolean; claims: ClaimMount[] } {
  const volumes = podVolumes(spec)
  const containers = containersOf(spec, status)
  const open = containers
    .filter(({ isOver }) => !isOver)
    .map((container) => ({ ...container, mounts: mountsOf(container, volumes) }))
  const mounted = new Set(open.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)))
  const seen = new Set<string>()
  const forNode = new Set(items(spec['imagePullSecrets'], 'spec.imagePullSecrets', pullSecret).flat())
  for (const { raw, field, isOver } of containers) {
    for (const secret of envSecrets(raw, field)) (isOver ? forNode : seen).add(secret)
  }
  let token = false
  for (const volume of volumes.values()) {
    const isSeen = mounted.has(volume)
    for (const secret of volume.secrets) (isSeen ? seen : forNode).add(secret)
    for (const secret of volume.nodeSecrets) forNode.add(secret)
    token ||= isSeen && volume.token
  }
  const nodeSecrets = [...forNode].filter((secret) => !seen.has(secret))
  return {
    serviceAccount: optionalText(spec['serviceAccountName'], 'spec.serviceAccountName') || 'default',
    secrets: [...seen, ...nodeSecrets],
    ...(nodeSecrets.length > 0 ? { nodeSecrets } : {}),
    escapes: compact(podEscapes(spec, open)),
    token,
    isApiServer: containers.some(({ raw }) => raw['name'] === 'kube-apiserver'),
    claims: claimMounts(open),
  }
}

function controllerOf(metadata: Raw): PodState['controller'] {
  const owners = items(metadata['ownerReferences'], 'metadata.ownerReferences', (owner, at) => {
    return flag(owner['controller'], `${at}.controller`)
      ? [{ kind: text(owner['kind'], `${at}.kind`), name: text(owner['name'], `${at}.name`) }]
      : []
  })
  return owners.flat()[0]
}

function pullSecret({ name }: Raw, field: string): string[] {
  const named = optionalText(name, `${field}.name`)
  return named ? [named] : []
}

// Most pods have none: tens of thousands of empty lists are one.
const none: Escape[] = []
function compact(escapes: Escape[]): Escape[] {
  return escapes.length > 0 ? escapes : none
}

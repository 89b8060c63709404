type Meta = {
  name?: string
  generateName?: string
  namespace?: string
  labels?: Record<string, string>
  ownerReferences?: { kind?: string; name: string }[]
}
export type Manifest = {
  apiVersion?: string
  kind?: string
  metadata?: Meta
  spec?: Record<string, unknown> & { replicas?: number; template?: { metadata?: Meta; spec?: Record<string, unknown> } }
  [key: string]: unknown
}

const withTemplate = new Set(['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Job', 'VirtualMachine'])

/** The pods that a workload would make, named as a StatefulSet's are. */
export function podsOf({ kind = '', metadata, spec }: Manifest): Manifest[] {
  if (!withTemplate.has(kind)) return []
  return Array.from({ length: Math.max(1, spec?.replicas ?? 1) }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata?.name}-${index}`,
      namespace: metadata?.namespace || 'default',
      labels: spec?.template?.metadata?.labels ?? {},
      ownerReferences: [{ kind, name: metadata?.name ?? '' }],
    },
    // A virtual machine's spec is not a pod's.
    spec: kind === 'VirtualMachine' ? {} : (spec?.template?.spec ?? {}),
  }))
}

/** Pods by workload, as netpol-analyzer names workloads: `ns/name[Kind]`, by the first owner. */
export function workloadPods(objects: Manifest[]): Map<string, Manifest[]> {
  const pods = [...objects.filter(isPod), ...objects.flatMap(podsOf)].map((pod, index) => plainPod(pod, index))
  const found = new Map<string, Manifest[]>()
  for (const { owner, pod } of pods) {
    const list = found.get(owner) ?? []
    list.push(pod)
    found.set(owner, list)
  }
  return found
}

function isPod({ kind, spec }: Manifest): boolean {
  return kind === 'Pod' || (kind === undefined && spec?.['containers'] !== undefined)
}

// Without address and phase, and with a name of its own: lists repeat names.
function plainPod({ metadata = {}, spec }: Manifest, index: number): { owner: string; pod: Manifest } {
  const namespace = metadata.namespace || 'default'
  const owner = metadata.ownerReferences?.[0] ?? { kind: 'Pod', name: metadata.name ?? '' }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, namespace, name: `${metadata.name}.${index}` },
    spec: spec ?? {},
  }
  return { owner: `${namespace}/${owner.name}[${owner.kind ?? 'Pod'}]`, pod }
}

import type { ClusterState, PodState } from './cluster-state.ts'
import { type ClaimMount, claimEscape } from './pod-escapes.ts'
import type { DecodedPod, DecodedWorkload } from './pod-state.ts'
import type { Gap } from './snapshot.ts'

/** A state that is being read: what one object says of another is put together when all are there. */
export type Draft = {
  state: ClusterState
  addPod(decoded: DecodedPod): void
  addWorkload(decoded: DecodedWorkload): void
  policies: Set<string>
  boundPolicies: Set<string>
  finish(): ClusterState
}

export function draftOf(gaps: Gap[]): Draft {
  const state: ClusterState = {
    pods: [],
    nodes: [],
    namespaces: [],
    accounts: [],
    secrets: [],
    workloads: [],
    webhooks: [],
    admissionPolicies: [],
    conversions: [],
    persistentVolumes: [],
    groups: new Set(),
    gaps,
  }
  const claimants: { of: Pick<PodState, 'namespace' | 'escapes'>; claims: ClaimMount[] }[] = []
  const unadmitted: { pod: PodState; automount: boolean | undefined }[] = []
  const apiServers = new Set<string>()
  const policies = new Set<string>()
  const boundPolicies = new Set<string>()
  return {
    state,
    policies,
    boundPolicies,
    addPod({ pod, isApiServer, unadmitted: open, claims }) {
      state.pods.push(pod)
      if (isApiServer && pod.node !== undefined) apiServers.add(pod.node)
      if (open) unadmitted.push({ pod, ...open })
      if (claims.length > 0) claimants.push({ of: pod, claims })
    },
    addWorkload({ workload, claims }) {
      state.workloads.push(workload)
      if (claims.length > 0) claimants.push({ of: workload, claims })
    },
    finish() {
      for (const node of state.nodes) node.controlPlane ||= apiServers.has(node.name)
      addClaimed(state, claimants)
      // An account that is not there would let no pod in; of one that could not be read nothing says that it mounts none.
      const without = new Set(state.accounts.flatMap(({ noAutomount, ...one }) => (noAutomount ? [keyOf(one)] : [])))
      for (const { pod, automount } of unadmitted)
        pod.token = automount ?? !without.has(keyOf({ namespace: pod.namespace, name: pod.serviceAccount }))
      state.admissionPolicies = [...policies].filter((name) => boundPolicies.has(name))
      return state
    },
  }
}

function addClaimed(
  { persistentVolumes }: ClusterState,
  claimants: { of: Pick<PodState, 'namespace' | 'escapes'>; claims: ClaimMount[] }[],
): void {
  const paths = new Map(
    persistentVolumes.flatMap(({ claim, hostPath }) =>
      claim && hostPath !== undefined ? [[keyOf(claim), hostPath]] : [],
    ),
  )
  for (const { of, claims } of claimants) {
    const escapes = claims.flatMap((mount) => {
      const path = paths.get(keyOf({ namespace: of.namespace, name: mount.claim }))
      return path === undefined ? [] : [claimEscape(path, mount)]
    })
    if (escapes.length > 0) of.escapes = [...of.escapes, ...escapes]
  }
}

function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`
}

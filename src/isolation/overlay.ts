import type { CreateChange } from '../change/plan.ts'
import { adminOverlay } from './overlay-admin.ts'
import { calicoOverlay } from './overlay-calico.ts'
import { ciliumOverlay } from './overlay-cilium.ts'
import type { Exception } from './policies.ts'
import type { Scene } from './scene.ts'

/** Policies that deny before any NetworkPolicy allows; and what is to be said of them. */
export type Overlay = { changes: CreateChange[]; notes: string[] }

/**
 * The overlay in the kind that the cluster's own enforcer knows, where it has one. The API of such a kind is no proof that
 * somebody carries it out: the twin of the pod is. All of it is optional, as it may need rights on the whole cluster.
 */
export function overlayOf(scene: Scene, planId: string, exceptions: Exception[], namespaces: string[]): Overlay {
  const overlays = [
    calicoOverlay(scene, planId, exceptions),
    ciliumOverlay(scene, planId, exceptions, namespaces),
  ].filter((overlay) => overlay !== undefined)
  const found =
    overlays.length > 0 ? overlays : [adminOverlay(scene, planId, exceptions)].filter((one) => one !== undefined)
  if (found.length === 0) {
    return {
      changes: [],
      notes: ['no kind of policy here comes before NetworkPolicies: what they still allow stays open'],
    }
  }
  return {
    changes: found.flatMap(({ changes }) => changes).map((change) => ({ ...change, optional: true as const })),
    notes: found.flatMap(({ notes }) => notes),
  }
}

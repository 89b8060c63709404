import { objectName, quarantineLabel } from '../change/plan.ts'
import { create } from './overlay-calico.ts'
import type { Overlay } from './overlay.ts'
import { type Exception, planLabels } from './policies.ts'
import type { Scene } from './scene.ts'

/**
 * Rules that deny beat every rule that allows, whichever policy it is of. The node of the pod is left out of those who may not come
 * in, or the kubelet's probes would fail. Source: Cilium's documentation, "Deny Policies", and pkg/policy/api/entity.go.
 */
export function ciliumOverlay(
  scene: Scene,
  planId: string,
  exceptions: Exception[],
  namespaces: string[],
): Overlay | undefined {
  if (!scene.served.has('cilium.io/v2')) return undefined
  if (exceptions.length > 0) {
    return {
      changes: [],
      notes: ["Cilium's deny rules would deny the exceptions too: what other policies still allow stays open"],
    }
  }
  const anyPod = [{ matchExpressions: [{ key: 'k8s:io.kubernetes.pod.namespace', operator: 'Exists' }] }]
  return {
    changes: namespaces.map((namespace, index) =>
      create(`overlay-${index + 1}`, 'denies whatever any other policy allows', 'ciliumnetworkpolicies', {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: objectName(planId), namespace, labels: planLabels(planId) },
        spec: {
          endpointSelector: { matchLabels: { [quarantineLabel(planId)]: 'true' } },
          ingressDeny: [
            { fromEndpoints: anyPod },
            { fromEntities: ['world', 'remote-node', 'unmanaged', 'init', 'health', 'ingress'] },
          ],
          egressDeny: [{ toEntities: ['all'] }],
        },
      }),
    ),
    notes: [],
  }
}

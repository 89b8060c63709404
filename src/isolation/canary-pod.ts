import { type CreateChange, markPrefix } from '../change/plan.ts'

export type PodRef = { namespace: string; name: string }
/** What the canaries listen on: ports that hardly any policy opens by number. */
export const canaryPorts = { TCP: 43_127, UDP: 43_128 } as const
export const canaryContainer = 'canary'

type Shape = { node: string; image: string; labels: Record<string, string>; gate: boolean; account: string }

/**
 * A pod that answers on the ports of canaries. It fits the restricted level of Pod Security and namespaces that ask for requests and
 * limits. `gate`: it never becomes ready.
 */
export function canaryPod({ namespace, name }: PodRef, { node, image, labels, gate, account }: Shape) {
  const body: CreateChange['body'] = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations: noMesh },
    spec: {
      nodeName: node,
      ...(account ? { serviceAccountName: account } : {}),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      // It dies even if nobody is left to remove it.
      activeDeadlineSeconds: 300,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      ...(gate ? { readinessGates: [{ conditionType: `${markPrefix}never` }] } : {}),
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: canaryContainer,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/agnhost', 'netexec', `--http-port=${canaryPorts.TCP}`, `--udp-port=${canaryPorts.UDP}`],
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  }
  return {
    do: 'create' as const,
    temporary: true as const,
    ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace, name },
    body,
  }
}

// A sidecar would answer in the canary's place, and say that it connects where nothing does.
const noMesh = {
  'sidecar.istio.io/inject': 'false',
  'linkerd.io/inject': 'disabled',
  'kuma.io/sidecar-injection': 'disabled',
  'ambient.istio.io/redirection': 'disabled',
}

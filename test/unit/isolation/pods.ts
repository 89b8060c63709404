import type { Raw } from '../../../src/isolation/raw.ts'

/** A running pod as the API server would send it; `more` is put over the spec, `status` over the status. */
export function podWith(more: object = {}, status: object = {}, metadata: object = {}): Raw {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: '0aa0b11b-2222-4333-8444-555566667777',
      labels: { app: 'web', tier: 'front' },
      ...metadata,
    },
    spec: { nodeName: 'node-7', serviceAccountName: 'web', containers: [{ name: 'main' }], ...more },
    status: {
      phase: 'Running',
      podIP: '10.0.0.5',
      podIPs: [{ ip: '10.0.0.5' }, { ip: 'fd00::5' }],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }],
      ...status,
    },
  }
}

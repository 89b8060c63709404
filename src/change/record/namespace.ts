import { managedBy } from './record.ts'

/**
 * The namespace of records, leases and helpers. Pod Security is set to privileged there, as the helper that cuts connections from
 * a node needs its namespaces; who may make pods in it may do as much, so it is for responders alone.
 */
export function stateNamespaceBody(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        ...managedBy,
        'pod-security.kubernetes.io/enforce': 'privileged',
        'pod-security.kubernetes.io/warn': 'privileged',
        'pod-security.kubernetes.io/audit': 'privileged',
      },
    },
  }
}

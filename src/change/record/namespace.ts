import { SecureError } from '../../errors.ts'
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

/** Who may change a target could change the records beside it. Throws SecureError('usage') where one of a plan's is in their namespace. */
export function refuseStateNamespace(stateNamespace: string, targets: readonly (string | undefined)[]): void {
  if (!targets.includes(stateNamespace)) return
  throw new SecureError('usage', `the records of changes must not be in the namespace of a target: ${stateNamespace}`, {
    hint: 'name another one: --state-namespace NAMESPACE',
  })
}

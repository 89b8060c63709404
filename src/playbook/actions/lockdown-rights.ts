import type { Right } from '../model.ts'
import { bindingTypes, may, policyTypes, roleTypes, workloadTypes } from './rights.ts'

const optional = true as const

/** What lockdown reads and writes: what a level does not do is not asked for. */
export function lockdownRights(
  namespace: string | undefined,
  level: string | undefined,
  stateNamespace: string,
): Right[] {
  const own = { namespace }
  const isQuarantine = level === undefined || level === 'quarantine'
  return [
    ...may('get patch', 'namespaces', { name: namespace }),
    ...may('list get', 'pods', own),
    ...may('list get create delete', policyTypes, own),
    ...(level === 'baseline'
      ? []
      : [
          ...may('get patch', 'serviceaccounts', own),
          ...may('list', 'serviceaccounts', own),
          ...may('list get create delete', 'limitranges resourcequotas', own),
        ]),
    ...(isQuarantine
      ? [...may('list get patch', bindingTypes), ...may('bind', roleTypes), ...may('list get patch', 'secrets', own)]
      : []),
    // Canaries, in it and in the namespace of the records.
    ...[own, { namespace: stateNamespace }].flatMap((where) => [
      ...may('get create delete', 'pods', { ...where, optional }),
      ...may('get create', 'pods/exec', { ...where, optional }),
      ...may('get', 'pods/log', { ...where, optional }),
    ]),
    // Who connects to whom is declared all over the cluster.
    ...may('list', `pods namespaces nodes services configmaps ${policyTypes} ${workloadTypes}`, { optional }),
    ...may('list', `${bindingTypes} ${roleTypes}`, { optional }),
    ...may('list', 'endpointslices.discovery.k8s.io ingresses.networking.k8s.io', { optional }),
    ...may('list', 'horizontalpodautoscalers.autoscaling', { optional }),
    ...may(
      'list',
      'validatingwebhookconfigurations.admissionregistration.k8s.io mutatingwebhookconfigurations.admissionregistration.k8s.io',
      { optional },
    ),
  ]
}

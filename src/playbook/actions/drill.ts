import { drillNamespace } from '../../change/plan.ts'
import { getterOf, kinds } from '../../isolation/get.ts'
import { drillObjects } from './drill-objects.ts'
import { names } from './drill-script.ts'
import { remedial } from './remedy.ts'
import { may } from './rights.ts'
import { pinnedOf } from './targets.ts'

export const drillStage = remedial({
  name: 'drill.stage',
  summary: 'Stages a harmless intruder to practise on, in a namespace of its own; undo removes all of it',
  with: {},
  outputs: {
    namespace: { type: 'namespace', about: 'the namespace of the drill; null before' },
    pod: { type: 'pod', about: 'the intruder; null before' },
    account: { type: 'serviceaccount', about: 'what it runs as; null before' },
  },
  rights: () => [
    ...may('get create delete', 'namespaces pods serviceaccounts secrets'),
    ...may('get create delete', 'roles.rbac.authorization.k8s.io rolebindings.rbac.authorization.k8s.io'),
    // A role is made by who has all that it grants.
    ...may('list', 'pods secrets', { optional: true }),
    ...may('bind', 'roles.rbac.authorization.k8s.io', { optional: true }),
  ],
  async draft({ probeImage }) {
    const { defaultProbeImage } = await import('../../isolation/probe-image.ts')
    return {
      remedy: drillObjects(probeImage ?? defaultProbeImage),
      outputs: { namespace: null, pod: null, account: null },
    }
  },
  async after({ engine: { cluster } }, { id }) {
    const get = getterOf(cluster, [])
    const name = drillNamespace(id)
    const [namespace, pod, account] = await Promise.all([
      get.maybe(kinds.namespaces, undefined, name, ''),
      get.maybe(kinds.pods, name, names.intruder, ''),
      get.maybe(kinds.accounts, name, names.intruder, ''),
    ])
    return {
      namespace: namespace ? pinnedOf(namespace) : null,
      pod: pod ? pinnedOf(pod) : null,
      account: account ? pinnedOf(account) : null,
    }
  },
})

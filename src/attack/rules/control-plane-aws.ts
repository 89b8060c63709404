import type { AttackRule } from '../model.ts'
import { writing } from './held-parts.ts'
import { creatable, hasEverything, partsOf } from './parts.ts'
import { wayOf } from './held-parts.ts'

const configMaps = writing('', 'configmaps')

/** Source: docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html; a cluster whose authentication mode is API alone does not read it. */
export const awsAuth: AttackRule = {
  id: 'aws-auth',
  title: 'Makes an AWS identity of its own a member of system:masters',
  role: (held, graph, { state }) => {
    if (hasEverything(held) || (held.scope !== '*' && held.scope !== 'kube-system')) return
    const onAws = state.nodes.find(({ providerId }) => providerId?.startsWith('aws:'))
    if (!onAws) return
    const parts = [...creatable(held, configMaps.create), ...partsOf(held, configMaps.update, configMaps.patch)]
    const part = parts.find(({ name }) => name === undefined || name === 'aws-auth')
    if (!part) return
    const fact = { kind: 'Node', name: onAws.name, field: 'spec.providerID', says: `is ${onAws.providerId ?? ''}` }
    const unsure = 'this must be EKS, with an authentication mode that reads the ConfigMap aws-auth'
    graph.add({ ...wayOf(held, 'aws-auth', part), to: graph.node({ kind: 'admin' }), state: [fact], unsure })
  },
}

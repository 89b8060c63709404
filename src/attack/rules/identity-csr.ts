import type { AttackGraph, AttackRule, Power } from '../model.ts'
import { abilityFor } from './abilities.ts'
import { type Half, ofJoints } from './joints.ts'
import { isFirst } from './once.ts'
import { partsOf } from './parts.ts'

const group = 'certificates.k8s.io'
const power = (verb: string, resource: string, subresource = ''): Power => {
  return { verb, group, resource, subresource, namespaced: false }
}
const request = power('create', 'certificatesigningrequests')
const nodeClient = power('create', 'certificatesigningrequests', 'nodeclient')
const approval = [
  power('update', 'certificatesigningrequests', 'approval'),
  power('patch', 'certificatesigningrequests', 'approval'),
]
const signers = power('approve', 'signers')

const forClients = 'kubernetes.io/kube-apiserver-client'
const forKubelets = 'kubernetes.io/kube-apiserver-client-kubelet'

const creates: Half = {
  ability: 'create-csr',
  isClusterWide: true,
  parts: (held) => partsOf(held, request).filter(({ name }) => name === undefined),
}
const updates: Half = {
  ability: 'approve-csr-update',
  isClusterWide: true,
  parts: (held) => partsOf(held, ...approval),
}
const approves: Half = { ability: 'sign-for', isClusterWide: true, parts: (held) => partsOf(held, signers) }
const issues: Half = { ability: 'issue-node-client', isClusterWide: true, parts: (held) => partsOf(held, nodeClient) }

// A signer is asked about by its name, and by its domain with a star (pkg/apis/certificates/authorization, IsAuthorizedForSignerName).
const approving = ofJoints(
  [forClients, forKubelets].map((signer) => ({
    one: updates,
    other: approves,
    outcome: (_, { name }, graph) => {
      if (name !== undefined && name !== signer && name !== 'kubernetes.io/*') return undefined
      const to = graph.node({ kind: 'ability', ability: 'approve-csr', scope: '*', name: signer })
      return { rule: 'part', to }
    },
  })),
)

/**
 * Approves a request for a certificate that the API server takes for whomever it names: a user, its groups. Both are needed of one identity: to update the
 * approval, and to approve for the signer. The request may be another's. The group system:masters is refused at creation (docs/rbac.md, case 25); what is signed is
 * read from the answer to the next patch, so no right to get is needed.
 */
export const approveRule: AttackRule = {
  id: 'csr-approve',
  title: 'Approves a client certificate of its own choosing, for any name but the group system:masters',
  ...approving,
  joins: (graph, world) => {
    approving.joins(graph, world)
    const create = abilityFor(graph, 'create-csr', '*')
    if (create === undefined) return
    for (const [signer, whom] of [
      [forClients, anybody],
      [forKubelets, anyKubelet],
    ] as const) {
      const approve = abilityFor(graph, 'approve-csr', '*', signer)
      if (approve === undefined || !isFirst(graph, `csr-approve ${signer}`)) continue
      for (const to of whom(graph)) graph.add({ rule: 'csr-approve', from: [create, approve], to })
    }
  },
}

function anybody(graph: AttackGraph): number[] {
  return [
    graph.node({ kind: 'any-user' }),
    graph.node({ kind: 'any-group' }),
    graph.node({ kind: 'any-account', scope: '*' }),
    graph.node({ kind: 'ability', ability: 'name-account', scope: '*' }),
    ...anyKubelet(graph),
  ]
}

function anyKubelet(graph: AttackGraph): number[] {
  return [graph.node({ kind: 'ability', ability: 'node-credential', scope: '*' })]
}

/** A request for a kubelet's certificate that the controller approves by itself, as its author has a right to that (pkg/controller/certificates/approver). */
export const nodeRequestRule: AttackRule = {
  id: 'csr-node',
  title: 'Requests the client certificate of any node’s kubelet, which is approved by itself',
  ...ofJoints([
    {
      one: creates,
      other: issues,
      outcome: (_, __, graph) => ({
        rule: 'csr-node',
        to: graph.node({ kind: 'ability', ability: 'node-credential', scope: '*' }),
      }),
    },
  ]),
}

import { agentsOf } from './agent-state.ts'
import type { Enforced, Finding } from './agents.ts'
import type { Raw } from './decode-parts.ts'
import { k3sOn } from './k3s.ts'
import { nodesText, warningsOf } from './enforcer-warnings.ts'
import { fieldsOf, textIn } from './loose.ts'
import type { Enforcer } from './model.ts'

/** Nodes that are alike: what their agents' pods say. */
export type NodeEnforcement = { nodes: string[]; agents: string[]; enforced: Enforced; why: string }

/** Who carries policies out, as far as objects tell; never proof that it does (docs/network.md). */
export type Enforcement = {
  /** Whose reading of policies counts. */
  enforcer: Enforcer
  /** Of NetworkPolicies: on every node, on none, on some, or not known. */
  enforced: Enforced | 'partly'
  evidence: string[]
  perNode: NodeEnforcement[]
  warnings: string[]
}

type Sources = {
  /** API groups that are served: who answers where no agent's pod is seen. */
  groups: ReadonlySet<string>
  /** Kinds that could not be read. */
  unread?: readonly string[]
}

/** Who carries policies out, from the pods and nodes as the API has them. Objects of other kinds are looked over. */
export function enforcementOf(objects: readonly Raw[], { groups, unread = [] }: Sources): Enforcement {
  const nodes = new Map<string, Finding[]>()
  const configs: Raw[] = []
  const pods: Raw[] = []
  const nodeObjects: Raw[] = []
  let hasAdmin = false
  for (const object of objects) {
    if (textIn(object['apiVersion']).startsWith('policy.networking.k8s.io/')) hasAdmin = true
    if (object['apiVersion'] !== 'v1') continue
    if (object['kind'] === 'Pod') pods.push(object)
    else if (object['kind'] === 'Node') nodeObjects.push(object)
    else if (object['kind'] === 'ConfigMap') configs.push(object)
  }
  const k3s = k3sOn(nodeObjects)
  for (const node of nodeObjects) nodes.set(nameOf(node), k3s.get(node) ?? [])
  for (const pod of pods) {
    const node = textIn(fieldsOf(pod['spec'])['nodeName'])
    const findings = node === '' ? [] : agentsOf(pod, configs)
    if (findings.length > 0) nodes.set(node, [...(nodes.get(node) ?? []), ...findings])
  }
  const seen = [...nodes.values()].flat()
  const windows = new Set(nodeObjects.filter(isWindows).map(nameOf))
  const perNode = inGroups(nodes, (node) => orNothing(seen.length > 0, windows.has(node)))
  const { enforcer, evidence } = whoOf(seen, groups)
  return {
    enforcer,
    enforced: overall(perNode),
    evidence: [...evidence, ...evidenceOf(perNode)],
    perNode,
    warnings: warningsOf({
      seen,
      perNode,
      unread,
      anyNode: nodeObjects.length > 0,
      isCluster: pods.length > 0,
      hasAdmin,
    }),
  }
}

/** What is known of one node. */
export function enforcementOn({ perNode }: Enforcement, node: string): NodeEnforcement {
  const known = perNode.find(({ nodes }) => nodes.includes(node))
  return known ?? { nodes: [node], agents: [], enforced: 'unknown', why: 'nothing is known of this node' }
}

type Said = Omit<NodeEnforcement, 'nodes'>

function inGroups(nodes: ReadonlyMap<string, Finding[]>, without: (node: string) => Said): NodeEnforcement[] {
  const groups = new Map<string, NodeEnforcement>()
  for (const [node, findings] of nodes) {
    // One that carries policies out is enough: Calico beside the Amazon VPC CNI, kube-network-policies beside flannel.
    const best = (['yes', 'unknown', 'no'] as const).flatMap((wanted) =>
      findings.filter(({ enforced }) => enforced === wanted),
    )
    const [first] = best
    const said: Said = first
      ? { agents: [...new Set(best.map(({ agent }) => agent))], enforced: first.enforced, why: first.why }
      : without(node)
    const key = JSON.stringify(said)
    const known = groups.get(key)
    if (known) known.nodes.push(node)
    else groups.set(key, { nodes: [node], ...said })
  }
  return [...groups.values()]
}

/** What it means that a node has no agent. */
function orNothing(othersHave: boolean, isWindows: boolean): Said {
  // Agents for Windows go by other names, and are often no pods at all.
  if (isWindows) return { agents: [], enforced: 'unknown', why: 'agents on Windows are not known here' }
  return othersHave
    ? { agents: [], enforced: 'no', why: 'no agent of a network plugin runs there, though others have one' }
    : { agents: [], enforced: 'unknown', why: 'no agent of a network plugin that is known here is seen' }
}

function isWindows(node: Raw): boolean {
  return fieldsOf(fieldsOf(node['metadata'])['labels'])['kubernetes.io/os'] === 'windows'
}

function nameOf(object: Raw): string {
  return textIn(fieldsOf(object['metadata'])['name'])
}

function overall(perNode: readonly NodeEnforcement[]): Enforcement['enforced'] {
  const said = new Set(perNode.map(({ enforced }) => enforced))
  const [only] = said
  if (said.size <= 1) return only ?? 'unknown'
  return said.has('no') ? 'partly' : 'unknown'
}

/** Whose rules are read: that of the agents which carry policies out; else whoever's objects the API serves. */
function whoOf(seen: readonly Finding[], groups: ReadonlySet<string>): { enforcer: Enforcer; evidence: string[] } {
  const active = new Set(seen.filter(({ enforced }) => enforced !== 'no').map(({ agent }) => agent))
  if (active.size > 0) {
    const [only] = active
    if (active.size > 1) return { enforcer: 'unidentified', evidence: [] }
    return { enforcer: only === 'Calico' ? 'calico' : only === 'Cilium' ? 'cilium' : 'conformant', evidence: [] }
  }
  if (seen.length > 0) return { enforcer: 'unidentified', evidence: [] }
  const calico = groups.has('crd.projectcalico.org') || groups.has('projectcalico.org')
  const cilium = groups.has('cilium.io')
  if (calico === cilium) return { enforcer: 'unidentified', evidence: [] }
  const who = calico ? 'Calico' : 'Cilium'
  return {
    enforcer: calico ? 'calico' : 'cilium',
    evidence: [`the API serves objects of ${who}; no agent's pod is seen`],
  }
}

function evidenceOf(perNode: readonly NodeEnforcement[]): string[] {
  return perNode.filter(({ agents }) => agents.length > 0).map(({ nodes, why }) => `${why} (${nodesText(nodes)})`)
}

import type { Change } from '../change/plan.ts'
import { type Canaries, canaryChanges } from '../isolation/canary.ts'
import { metaOf, type Raw, specOf, statusOf, textAt } from '../isolation/raw.ts'
import { standingOf } from '../isolation/standing.ts'
import { selects } from '../workload/label-selector.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import { lastingLabels } from './network/workloads.ts'
import type { NamespacePlan } from './plan.ts'

/** A twin of a workload's pods, or of no workload's where the namespace has none. */
export type Twin = Canaries & { namespace: string; of: string }

export type NamespaceCanaries = {
  twins: Twin[]
  changes: Change[]
  /** Nodes with pods of the namespace that get no twin, and why there is none where there is none. */
  unseen: string[]
  impossible: string[]
  notes: string[]
}

type Around = {
  planId: string
  image: string
  stateNamespace: string
  selector?: LabelSelector | undefined
  /** Of the whole plan: pods of several namespaces share the controls of a node. */
  controls: Map<string, Canaries>
}

// Each is a pod for half a minute. A node more is worth more than a workload more: what enforces is one agent a node.
const mostNodes = 16
const mostWorkloads = 4

/** Twins of pods of a namespace: one on each node first, then one of each workload, up to a few; pure. */
export function canariesOf(plan: NamespacePlan, number: number, around: Around): NamespaceCanaries {
  const { scene, namespace, network } = plan
  const found: NamespaceCanaries = { twins: [], changes: [], unseen: [], impossible: [], notes: [] }
  const deny = network?.changes.at(-1)
  if (!deny) return found
  const pods = scene.network.objects.filter(
    (raw) => raw['kind'] === 'Pod' && raw['apiVersion'] === 'v1' && metaOf(raw).namespace === namespace && runs(raw),
  )
  const chosen = pods.filter((pod) => !around.selector || selects(around.selector, metaOf(pod).labels))
  const wanted = chosen.length > 0 ? spread(chosen) : strangers(plan, around.selector)
  if (wanted.length === 0)
    found.impossible.push('no pod that is meant is on a node: there is nothing to make a twin of')
  const policyKeys = keysInPolicies(plan)
  for (const [index, pod] of wanted.slice(0, mostOf(wanted)).entries()) {
    const made = canaryChanges(pod, {
      planId: around.planId,
      image: around.image,
      stateNamespace: around.stateNamespace,
      policyChangeId: deny.id,
      policyName: deny.ref.name,
      services: scene.declaring.filter((raw) => raw['kind'] === 'Service' && metaOf(raw).namespace === namespace),
      ...(policyKeys && { policyKeys }),
      suffix: `${number}-${index + 1}`,
    })
    found.notes.push(...made.notes)
    if (made.impossible !== undefined) {
      found.impossible.push(made.impossible)
      continue
    }
    const there = around.controls.get(made.canaries.node)
    const changes = made.changes.map((change) => ({ ...change, optional: true as const }))
    if (!there) around.controls.set(made.canaries.node, made.canaries)
    found.changes.push(...(there ? changes.filter(({ ref }) => ref.name === made.canaries.twin.name) : changes))
    const { a, b } = there ?? made.canaries
    found.twins.push({ ...made.canaries, a, b, namespace, of: metaOf(pod).name || 'no workload' })
  }
  const seen = new Set(found.twins.map(({ node }) => node))
  found.unseen = [...new Set(chosen.map(nodeOf))].filter((node) => !seen.has(node))
  return found
}

const mostOf = (pods: readonly Raw[]): number =>
  Math.max(mostWorkloads, Math.min(new Set(pods.map(nodeOf)).size, mostNodes))
const nodeOf = (pod: Raw): string => textAt(specOf(pod), 'nodeName')
const runs = (pod: Raw): boolean =>
  standingOf(pod) === 'enforceable' && nodeOf(pod) !== '' && textAt(statusOf(pod), 'phase') === 'Running'

/** One pod for each kind of labels, those on nodes that no other is on first. */
function spread(pods: readonly Raw[]): Raw[] {
  const alike = [...new Map(pods.map((pod) => [JSON.stringify([nodeOf(pod), lasting(pod)]), pod])).values()]
  const nodes = new Set<string>()
  const first = alike.filter((pod) => !nodes.has(nodeOf(pod)) && nodes.add(nodeOf(pod)))
  const kinds = new Set(first.map((pod) => JSON.stringify(lasting(pod))))
  const second = alike.filter(
    (pod) => !kinds.has(JSON.stringify(lasting(pod))) && kinds.add(JSON.stringify(lasting(pod))),
  )
  return [...first, ...second]
}

const lasting = (pod: Raw): [string, string][] =>
  Object.entries(lastingLabels(metaOf(pod).labels)).toSorted(([one], [other]) => (one < other ? -1 : 1))

/** In a namespace without pods: a pod that nobody has, on any node that takes pods. */
function strangers({ scene, namespace }: NamespacePlan, selector: LabelSelector | undefined): Raw[] {
  const node = scene.network.objects.find((raw) => raw['kind'] === 'Node' && specOf(raw)['unschedulable'] !== true)
  if (!node || selector) return []
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: '', labels: {} },
      spec: { nodeName: metaOf(node).name },
    },
  ]
}

// Whatever a policy says of a label, it says its key.
function keysInPolicies({ scene, network }: NamespacePlan): ReadonlySet<string> | undefined {
  const policies = scene.network.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'Node' && kind !== 'Namespace')
  const text = JSON.stringify([policies, network?.changes])
  const keys = scene.network.objects.flatMap((raw) =>
    raw['kind'] === 'Pod' && metaOf(raw).namespace === metaOf(scene.namespace).name
      ? Object.keys(metaOf(raw).labels)
      : [],
  )
  return new Set([...new Set(keys)].filter((key) => text.includes(key)))
}

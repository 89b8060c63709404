import { fieldsOf, flagOf, listIn, textIn, textsIn } from './loose.ts'
import type { Raw } from './decode-parts.ts'

/** Whether NetworkPolicies are carried out. */
export type Enforced = 'yes' | 'no' | 'unknown'
export type Finding = { agent: string; enforced: Enforced; why: string }
type Container = { name: string; image: string; args: string[] }

type Agent = {
  name: string
  /** The label that its project's manifests give its pods, and the values of it. */
  label?: readonly [key: string, ...values: string[]]
  /** Its container, by any of these names: images are often mirrored under another name, containers are not renamed. */
  containers: readonly string[]
  /** Absent: it carries policies out. */
  judge?: (own: Container, all: readonly Container[]) => Pick<Finding, 'enforced' | 'why'>
}

const agents: readonly Agent[] = [
  // projectcalico/calico manifests/calico.yaml; canal's pods have Calico's container beside flannel's.
  { name: 'Calico', label: ['k8s-app', 'calico-node', 'canal'], containers: ['calico-node'] },
  // cilium/cilium install/kubernetes; GKE's Dataplane V2 (anetd) and AKS keep label and container.
  { name: 'Cilium', label: ['k8s-app', 'cilium'], containers: ['cilium-agent'] },
  // antrea-io/antrea build/yamls/antrea.yml
  { name: 'Antrea', label: ['component', 'antrea-agent'], containers: ['antrea-agent'] },
  // openshift/cluster-network-operator bindata/network/ovn-kubernetes; ovn-kubernetes/ovn-kubernetes dist/templates
  {
    name: 'OVN-Kubernetes',
    label: ['app', 'ovnkube-node'],
    containers: ['ovnkube-controller', 'ovnkube-node', 'ovn-controller'],
  },
  // Azure/azure-container-networking npm/azure-npm.yaml
  { name: 'Azure NPM', label: ['k8s-app', 'azure-npm'], containers: ['azure-npm'] },
  // kubernetes-sigs/kube-network-policies install.yaml; flannel's chart puts the same container into its own pods.
  { name: 'kube-network-policies', containers: ['kube-network-policies'] },
  { name: 'OpenShift SDN', label: ['app', 'sdn'], containers: ['sdn'], judge: sdn },
  { name: 'kube-router', label: ['k8s-app', 'kube-router'], containers: ['kube-router'], judge: kubeRouter },
  { name: 'Weave Net', label: ['name', 'weave-net'], containers: ['weave'], judge: weave },
  { name: 'Amazon VPC CNI', label: ['k8s-app', 'aws-node'], containers: ['aws-node'], judge: amazon },
  { name: 'kindnet', label: ['app', 'kindnet'], containers: ['kindnet-cni'], judge: kindnet },
  // flannel-io/flannel Documentation/kube-flannel.yml; canal's pods have this container too.
  { name: 'flannel', containers: ['kube-flannel'], judge: () => no('flannel carries out no policies') },
]

/**
 * What a pod is to the network of its node: the agents in it. A pod that is not on the host network is none, whatever its
 * labels: every agent is, and who may run such a pod may do worse than to pretend.
 */
export function agentsIn(pod: Raw): Finding[] {
  const spec = fieldsOf(pod['spec'])
  if (spec['hostNetwork'] !== true) return []
  const labels = fieldsOf(fieldsOf(pod['metadata'])['labels'])
  const containers = listIn(spec['containers']).map(
    (raw): Container => ({
      name: textIn(raw['name']),
      image: textIn(raw['image']),
      args: [...textsIn(raw['command']), ...textsIn(raw['args'])],
    }),
  )
  return agents.flatMap(({ name, label, containers: names, judge }): Finding[] => {
    const own = containers.find((container) => names.includes(container.name))
    const [key, ...values] = label ?? []
    if (!own || (key !== undefined && !values.includes(textIn(labels[key])))) return []
    const said = judge?.(own, containers) ?? { enforced: 'yes' as const, why: `${name} carries out NetworkPolicies` }
    return [{ agent: name, ...said }]
  })
}

// The mode is in an object of OpenShift's own, and only one of its three knows policies.
function sdn(): Pick<Finding, 'enforced' | 'why'> {
  return { enforced: 'unknown', why: 'OpenShift SDN carries out policies in its mode networkpolicy only' }
}

// cloudnativelabs/kube-router pkg/options/options.go: --run-firewall is true unless it is given.
function kubeRouter({ args }: Container): Pick<Finding, 'enforced' | 'why'> {
  return flagOf(args, 'run-firewall') === 'false'
    ? no('kube-router runs with --run-firewall=false')
    : { enforced: 'yes', why: 'kube-router runs its firewall' }
}

// weaveworks/weave prog/weave-kube: policies are the business of a second container.
function weave(_: Container, all: readonly Container[]): Pick<Finding, 'enforced' | 'why'> {
  return all.some(({ name }) => name === 'weave-npc')
    ? { enforced: 'yes', why: 'Weave Net has its policy controller weave-npc' }
    : no('Weave Net runs without its policy controller weave-npc')
}

// aws/amazon-vpc-cni-k8s config/master/aws-k8s-cni.yaml: the container came with v1.14, and is there but off by default.
function amazon(_: Container, all: readonly Container[]): Pick<Finding, 'enforced' | 'why'> {
  const node = all.find(({ name }) => name === 'aws-eks-nodeagent' || name === 'aws-network-policy-agent')
  if (!node) return no('the Amazon VPC CNI runs without its network policy agent')
  return flagOf(node.args, 'enable-network-policy') === 'true'
    ? { enforced: 'yes', why: 'the network policy agent of the Amazon VPC CNI runs with --enable-network-policy=true' }
    : no('the network policy agent of the Amazon VPC CNI runs without --enable-network-policy=true')
}

// kubernetes-sigs/kind: policies came with kind v0.24.0 (issues 842 and 3705), merged on 2024-07-23, released 2024-08-13.
function kindnet({ image, args }: Container): Pick<Finding, 'enforced' | 'why'> {
  const date = /:v(\d{8})\b/.exec(image)?.[1]
  // The kindnet of its own repository has a flag for it.
  const flag = flagOf(args, 'network-policy')
  if (flag !== undefined) {
    return flag === 'false'
      ? no('kindnet runs with --network-policy=false')
      : { enforced: 'yes', why: 'kindnet runs with --network-policy' }
  }
  if (date === undefined)
    return { enforced: 'unknown', why: `whether the kindnet of ${image} knows policies is not known` }
  if (date < '20240723') return no(`the kindnet of ${date} is from before kind v0.24 and carries out no policies`)
  return date < '20240813'
    ? { enforced: 'unknown', why: `whether the kindnet of ${date} knows policies is not known` }
    : { enforced: 'yes', why: `the kindnet of ${date} carries out NetworkPolicies` }
}

function no(why: string): Pick<Finding, 'enforced' | 'why'> {
  return { enforced: 'no', why }
}

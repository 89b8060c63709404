import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { enforcementOf, enforcementOn } from '../../../src/network/enforcer.ts'
import { node } from './make.ts'

type Container = { name: string; image?: string; command?: string[]; args?: string[] }
type Raw = Record<string, unknown>

const nodes = [node('n1', '192.168.0.1'), node('n2', '192.168.0.2')]

function agent(at: string, labels: Record<string, string>, containers: Container[], more: Raw = {}): Raw {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `agent-${at}`, namespace: 'kube-system', labels },
    spec: { hostNetwork: true, nodeName: at, containers },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    ...more,
  }
}

const everywhere = (labels: Record<string, string>, containers: Container[]) =>
  nodes.map(({ metadata: { name } }) => agent(name, labels, containers))
const asked = (objects: Raw[], groups: string[] = [], unread: string[] = []) =>
  enforcementOf(objects, { groups: new Set(groups), unread })

const calico = (at: string, more?: Raw) => agent(at, { 'k8s-app': 'calico-node' }, [{ name: 'calico-node' }], more)
const cilium = everywhere({ 'k8s-app': 'cilium' }, [{ name: 'cilium-agent' }])
const amazon = (...more: Container[]) => everywhere({ 'k8s-app': 'aws-node' }, [{ name: 'aws-node' }, ...more])
const kindnet = (image: string) =>
  everywhere({ app: 'kindnet', 'k8s-app': 'kindnet' }, [{ name: 'kindnet-cni', image }])
const kubeRouter = (...args: string[]) => everywhere({ 'k8s-app': 'kube-router' }, [{ name: 'kube-router', args }])

describe('who carries policies out, by the pods of agents', () => {
  test.each([
    ['Calico', nodes.map(({ metadata: { name } }) => calico(name)), 'calico', 'yes'],
    ['canal', everywhere({ 'k8s-app': 'canal' }, [{ name: 'calico-node' }, { name: 'kube-flannel' }]), 'calico', 'yes'],
    ['Cilium', cilium, 'cilium', 'yes'],
    [
      'Antrea',
      everywhere({ app: 'antrea', component: 'antrea-agent' }, [{ name: 'antrea-agent' }]),
      'conformant',
      'yes',
    ],
    ['OVN', everywhere({ app: 'ovnkube-node' }, [{ name: 'ovn-controller' }]), 'conformant', 'yes'],
    ['Azure NPM', everywhere({ 'k8s-app': 'azure-npm' }, [{ name: 'azure-npm' }]), 'conformant', 'yes'],
    ['kube-router', kubeRouter('--run-router=true'), 'conformant', 'yes'],
    ['kube-router without firewall', kubeRouter('--run-firewall=false'), 'unidentified', 'no'],
    ['Weave', everywhere({ name: 'weave-net' }, [{ name: 'weave' }, { name: 'weave-npc' }]), 'conformant', 'yes'],
    ['Weave alone', everywhere({ name: 'weave-net' }, [{ name: 'weave' }]), 'unidentified', 'no'],
    ['OpenShift SDN', everywhere({ app: 'sdn' }, [{ name: 'sdn' }]), 'conformant', 'unknown'],
    ['flannel', everywhere({ app: 'flannel' }, [{ name: 'kube-flannel' }]), 'unidentified', 'no'],
    [
      "flannel's chart with policies",
      everywhere({ app: 'flannel' }, [{ name: 'kube-flannel' }, { name: 'kube-network-policies' }]),
      'conformant',
      'yes',
    ],
    ['aws-node before v1.14', amazon(), 'unidentified', 'no'],
    [
      'aws-node by default',
      amazon({ name: 'aws-eks-nodeagent', args: ['--enable-ipv6=false', '--enable-network-policy=false'] }),
      'unidentified',
      'no',
    ],
    [
      'aws-node with policies',
      amazon({ name: 'aws-eks-nodeagent', args: ['--enable-network-policy=true'] }),
      'conformant',
      'yes',
    ],
    ['kindnet of kind v0.23', kindnet('docker.io/kindest/kindnetd:v20240513-cd2ac642'), 'unidentified', 'no'],
    ['kindnet between', kindnet('docker.io/kindest/kindnetd:v20240730-x'), 'conformant', 'unknown'],
    ['kindnet of kind v0.27', kindnet('docker.io/kindest/kindnetd:v20250214-acbabc1a'), 'conformant', 'yes'],
    ['kindnet without a date', kindnet('kindnetd:latest'), 'conformant', 'unknown'],
  ])('%s', (_, pods, enforcer, enforced) => {
    const found = asked([...nodes, ...pods])
    expect(found).toMatchObject({ enforcer, enforced })
    expect(found.perNode).toMatchObject([{ nodes: ['n1', 'n2'], enforced }])
    expect(found.evidence).toHaveLength(1)
    if (enforced === 'no')
      expect(found.warnings.join()).toMatch(/^policies are accepted and ignored on 2 nodes: n1, n2: /)
  })

  test('a node without an agent, where others have one, is not covered', () => {
    const found = asked([...nodes, calico('n1')])
    expect(found).toMatchObject({ enforcer: 'calico', enforced: 'partly' })
    expect(enforcementOn(found, 'n1')).toMatchObject({ enforced: 'yes', agents: ['Calico'] })
    expect(enforcementOn(found, 'n2')).toMatchObject({ enforced: 'no', agents: [] })
    expect(enforcementOn(found, 'n3')).toMatchObject({ enforced: 'unknown' })
    expect(found.warnings).toEqual([expect.stringContaining('ignored on node n2')])
  })

  test('of a node with Windows nothing is said', () => {
    const windows = { ...nodes[1], metadata: { name: 'n2', labels: { 'kubernetes.io/os': 'windows' } } }
    expect(asked([nodes[0] ?? {}, windows, calico('n1')])).toMatchObject({ enforced: 'unknown', warnings: [] })
  })

  test('an agent that is not ready leaves its node unclear, one that ended counts for nothing', () => {
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }
    expect(asked([...nodes, calico('n1'), calico('n2', { status })])).toMatchObject({
      enforcer: 'calico',
      enforced: 'unknown',
    })
    expect(asked([...nodes, calico('n1'), calico('n2', { status: { phase: 'Failed' } })]).enforced).toBe('partly')
  })

  test('a pod that only looks like an agent is none', () => {
    const spec = { nodeName: 'n1', containers: [{ name: 'calico-node' }] }
    expect(asked([...nodes, calico('n1', { spec })]).evidence).toEqual([])
    expect(asked([...nodes, agent('n1', { app: 'x' }, [{ name: 'calico-node' }])]).evidence).toEqual([])
  })

  test('Calico beside the Amazon VPC CNI carries policies out; two that do are not read as one', () => {
    const both = [...nodes, ...amazon(), ...nodes.map(({ metadata: { name } }) => calico(name))]
    expect(asked(both)).toMatchObject({ enforcer: 'calico', enforced: 'yes', warnings: [] })
    const two = asked([...nodes, ...cilium, calico('n1'), calico('n2')])
    expect(two).toMatchObject({ enforcer: 'unidentified', enforced: 'yes' })
    expect(two.warnings).toEqual([expect.stringContaining('Calico and Cilium both carry out policies')])
  })

  test('Cilium that never enforces', () => {
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cilium-config' },
      data: { 'enable-policy': 'never' },
    }
    expect(asked([...nodes, ...cilium, config])).toMatchObject({ enforced: 'no' })
    expect(asked([...nodes, ...cilium, { ...config, data: { 'enable-policy': 'always' } }])).toMatchObject({
      enforced: 'yes',
    })
  })

  const k3sNode = (name: string, args?: string[]) => ({
    ...node(name, '192.168.0.1'),
    metadata: { name, annotations: args ? { 'k3s.io/node-args': JSON.stringify(args) } : {} },
    status: { nodeInfo: { kubeletVersion: 'v1.31.2+k3s1' } },
  })
  test.each([
    [[k3sNode('n1', ['server', '--tls-san', 'x']), k3sNode('n2', ['agent'])], 'yes'],
    [[k3sNode('n1', ['server', '--disable-network-policy']), k3sNode('n2', ['agent'])], 'no'],
    [[k3sNode('n1', ['server', '--disable-network-policy=false'])], 'yes'],
    [[k3sNode('n1')], 'unknown'],
  ])('k3s, by what its servers were started with (%#)', (objects, enforced) => {
    expect(asked(objects).enforced).toBe(enforced)
  })

  test('without any agent: whose objects are served, and nothing more is claimed', () => {
    expect(asked([...nodes], ['crd.projectcalico.org'])).toMatchObject({
      enforcer: 'calico',
      enforced: 'unknown',
      evidence: ["the API serves objects of Calico; no agent's pod is seen"],
      warnings: [],
    })
    expect(asked([], ['cilium.io', 'projectcalico.org'])).toMatchObject({
      enforcer: 'unidentified',
      enforced: 'unknown',
    })
    expect(asked([], [], ['Pod']).warnings).toEqual([expect.stringContaining('pods could not be listed')])
    expect(asked([calico('n1')]).warnings).toEqual([expect.stringContaining('nodes could not be listed')])
  })

  test('policies above NetworkPolicies are not known to every agent', () => {
    const admin = {
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name: 'x' },
    }
    expect(asked([...nodes, ...kubeRouter(), admin]).warnings).toEqual([
      expect.stringContaining('whether kube-router carries out Admin'),
    ])
    expect(asked([...nodes, calico('n1'), calico('n2'), admin]).warnings).toEqual([])
  })

  test('whatever objects hold, there is an answer', () => {
    const odd = fc.anything({ maxDepth: 4 })
    const pod = fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constantFrom('Pod', 'Node', 'ConfigMap'),
      metadata: odd,
      spec: odd,
      status: odd,
    })
    fc.assert(fc.property(fc.array(pod), (objects) => void asked([calico('n1'), ...objects])))
  })
})

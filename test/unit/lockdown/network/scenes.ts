import { decodeBinding, decodeRole } from '../../../../src/snapshot/decode.ts'
import { emptySnapshot, type Snapshot } from '../../../../src/snapshot/snapshot.ts'
import type { Raw } from '../../../../src/isolation/raw.ts'
import { parseAllow } from '../../../../src/lockdown/network/allow.ts'
import { type NetworkPlan, planNetwork } from '../../../../src/lockdown/network/plan.ts'
import type { LockdownOptions, LockdownScene } from '../../../../src/lockdown/model.ts'

export const planId = 'bk4f-9xzt-2mwq'
type Labels = Record<string, string>
type Container = { env?: object[]; envFrom?: object[]; args?: string[]; ports?: object[] }
type PodSpec = { labels?: Labels; annotations?: Labels; spec?: object } & Container

let nextAddress = 0
const addressOf = () => `10.1.${(nextAddress += 1) >> 8}.${nextAddress & 255}`

export const namespace = (name: string): Raw => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

function podSpec({ spec, env, envFrom, args, ports }: PodSpec): object {
  return { automountServiceAccountToken: false, containers: [{ name: 'main', env, envFrom, args, ports }], ...spec }
}

export function pod(path: string, more: PodSpec = {}): Raw {
  const [space = '', name = ''] = path.split('/')
  const { labels = { app: name }, annotations = {} } = more
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: space, name, uid: path, labels, annotations },
    spec: { nodeName: 'n1', ...podSpec(more) },
    status: { phase: 'Running', podIP: addressOf() },
  }
}

/** A workload with one pod, called as it is. */
export function workload(
  path: string,
  more: PodSpec & { kind?: string; own?: object } = {},
): { workload: Raw; pod: Raw } {
  const [space = '', name = ''] = path.split('/')
  const { kind = 'Deployment', own, ...rest } = more
  const { labels = { app: name }, annotations = {} } = rest
  return {
    workload: {
      apiVersion: 'apps/v1',
      kind,
      metadata: { namespace: space, name },
      spec: {
        selector: { matchLabels: { app: labels['app'] } },
        template: { metadata: { labels, annotations }, spec: podSpec(rest) },
        ...own,
      },
    },
    pod: pod(`${path}-0`, { ...rest, labels: { ...labels, 'pod-template-hash': 'x' } }),
  }
}

export function service(path: string, spec: object = {}, more: object = {}): Raw {
  const [space = '', name = ''] = path.split('/')
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: space, name, ...more },
    spec: { clusterIP: '10.96.7.7', selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  }
}

export function slice(path: string, addresses: string[], ports: object[]): Raw {
  const [space = '', name = ''] = path.split('/')
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: space, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    endpoints: [{ addresses }],
    ports,
  }
}

/** DNS and the API server, as every cluster has them; the node is the API server's. */
export const cluster = {
  objects: [
    namespace('kube-system'),
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1', labels: {} },
      status: { addresses: [{ type: 'InternalIP', address: '192.168.0.1' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n2', labels: {} },
      status: { addresses: [{ type: 'InternalIP', address: '192.168.0.2' }] },
    },
    pod('kube-system/coredns', {
      labels: { 'k8s-app': 'kube-dns' },
      ports: [{ name: 'dns', containerPort: 5353, protocol: 'UDP' }],
    }),
  ] as Raw[],
  declaring: [
    service(
      'kube-system/kube-dns',
      {
        clusterIP: '10.96.0.10',
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 5353 },
        ],
      },
      { labels: { 'k8s-app': 'kube-dns' } },
    ),
    service('default/kubernetes', {
      clusterIP: '10.96.0.1',
      selector: undefined,
      ports: [{ name: 'https', port: 443, targetPort: 6443 }],
    }),
    slice('default/kubernetes', ['192.168.0.1'], [{ name: 'https', port: 6443, protocol: 'TCP' }]),
  ] as Raw[],
}

const nobody = emptySnapshot({ kind: 'files', paths: [] })
const group = 'rbac.authorization.k8s.io'

/** RBAC by which these subjects hold a rule: all over the cluster, or in one namespace. */
export function granted(subjects: object[], rule: object, namespace?: string): Snapshot {
  const name = 'given'
  const role = { kind: 'ClusterRole', metadata: { name }, rules: [rule] }
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name }
  const bindings = [decodeBinding({ kind, metadata: { name, namespace }, roleRef, subjects }, kind)]
  return {
    ...nobody,
    clusterRoles: [decodeRole(role, 'ClusterRole')],
    ...(namespace === undefined ? { clusterRoleBindings: bindings } : { roleBindings: bindings }),
  }
}

export const account = (path: string): object => {
  const [space = '', name = ''] = path.split('/')
  return { kind: 'ServiceAccount', namespace: space, name }
}
export const listsPods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
export const writesIngresses = {
  apiGroups: ['networking.k8s.io'],
  resources: ['ingresses/status'],
  verbs: ['update'],
}

export type Parts = {
  workloads?: { workload: Raw; pod: Raw }[]
  /** Pods, namespaces, policies. */
  objects?: Raw[]
  declaring?: Raw[]
  configMaps?: Raw[]
  accounts?: Raw[]
  rbac?: Snapshot
  around?: typeof cluster
}

/** The namespace `shop` in a cluster whose policies Calico carries out. */
export function scene({
  workloads = [],
  objects = [],
  declaring = [],
  configMaps = [],
  accounts = [],
  rbac = nobody,
  around = cluster,
}: Parts): LockdownScene {
  return {
    namespace: namespace('shop'),
    network: {
      objects: [namespace('shop'), ...around.objects, ...workloads.map(({ pod: own }) => own), ...objects],
      unread: [],
      groups: new Set(['projectcalico.org']),
      gaps: [],
    },
    workloads: workloads.map((one) => one.workload),
    declaring: [...around.declaring, ...declaring],
    accounts,
    limitRanges: [],
    quotas: [],
    configMaps,
    rbac,
    version: 'v1.34',
    gaps: [],
  }
}

type Options = Partial<Omit<LockdownOptions, 'asked'>> & { allow?: string[] }

export function plan(parts: Parts, { allow = [], ...more }: Options = {}): NetworkPlan {
  const options = {
    level: 'restricted' as const,
    parts: ['network' as const],
    observed: [],
    force: false,
    ...more,
    asked: allow.map(parseAllow),
  }
  return planNetwork(scene(parts), options, { planId, names: 'readable' })
}

/** Rules as one reads them: `Deployment/web egress Service cart in shop TCP 8080`. */
export function rulesOf({ rules }: NetworkPlan): string[] {
  return rules.map(({ workload: who, direction, peer, ports }) => {
    const shown = ports.map(({ protocol, port }) => `${protocol} ${port}`).join(', ')
    const other =
      peer.kind === 'namespace'
        ? `ns ${peer.namespace}`
        : peer.kind === 'block'
          ? peer.cidrs.join(',')
          : peer.kind === 'anyone'
            ? 'anyone'
            : peer.name
    return `${who} ${direction} ${other} ${shown}`.trim()
  })
}

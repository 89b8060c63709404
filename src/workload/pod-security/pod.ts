import {
  boolean,
  child,
  children,
  integer,
  type Malformed,
  type Node,
  type Path,
  pathOf,
  type Raw,
  text,
} from './field.ts'
import { readSecurity, type Security } from './security-context.ts'
import { readVolume, type Volume } from './volumes.ts'

/** The pod itself, or one of its containers: what has a securityContext. */
export type Holder = { path: Path; security: Security }
export type Container = Holder & {
  name: string
  /** Ports that are held on the node. `isImplied`: by hostNetwork, the field itself is not set. */
  hostPorts: { path: Path; port: number; isImplied: boolean }[]
  /** Hosts that probes and lifecycle handlers name; not those that name none. */
  hosts: { path: Path; host: string }[]
}

/** What the Pod Security Standards look at in a pod. */
export type Pod = Holder & {
  annotations: ReadonlyMap<string, string>
  isWindows: boolean
  hostNetwork: boolean
  hostPID: boolean
  hostIPC: boolean
  /** It has user IDs of its own: hostUsers is false. */
  hasUserNamespace: boolean
  sysctls: { raw: Raw; name: string; path: Path }[]
  volumes: Volume[]
  /** Init, plain and ephemeral ones, in the order of visitContainers. */
  containers: Container[]
  /** The pod's own securityContext, and those of its containers. */
  holders: Holder[]
  malformed: Malformed[]
}

/**
 * Reads a pod as the API server would have it: with hostNetwork every port is held on the node, and a volume without a source
 * is an emptyDir. Source: SetDefaults_Pod and SetDefaults_Volume in pkg/apis/core/v1/defaults.go.
 */
export function readPod(raw: { metadata?: unknown; spec?: unknown }): Pod {
  const malformed: Malformed[] = []
  const root: Node = { raw, key: '', up: undefined, malformed }
  const spec = child(root, 'spec') ?? { raw: {}, key: 'spec', up: root, malformed }
  if (raw.spec === undefined || raw.spec === null) malformed.push({ path: ['spec'], message: 'spec is missing' })
  const hostNetwork = boolean(spec, 'hostNetwork') ?? false
  const securityContext = child(spec, 'securityContext')
  const os = child(spec, 'os')
  const own: Holder = { path: ['spec'], security: readSecurity(securityContext) }
  const containers = [
    ...children(spec, 'initContainers').map((node) => readContainer(node, hostNetwork)),
    ...children(spec, 'containers').map((node) => readContainer(node, hostNetwork)),
    ...children(spec, 'ephemeralContainers').map((node) => readContainer(node, false)),
  ]
  return {
    ...own,
    annotations: readAnnotations(child(root, 'metadata')),
    isWindows: os !== undefined && text(os, 'name') === 'windows',
    hostNetwork,
    hostPID: boolean(spec, 'hostPID') ?? false,
    hostIPC: boolean(spec, 'hostIPC') ?? false,
    hasUserNamespace: boolean(spec, 'hostUsers') === false,
    sysctls: securityContext
      ? children(securityContext, 'sysctls').map((node) => {
          return { raw: node.raw, name: text(node, 'name') ?? '', path: pathOf(node, 'name') }
        })
      : [],
    volumes: children(spec, 'volumes').map(readVolume),
    containers,
    holders: [own, ...containers],
    malformed,
  }
}

function readAnnotations(metadata: Node | undefined): ReadonlyMap<string, string> {
  const annotations = metadata && child(metadata, 'annotations')
  if (!annotations) return noAnnotations
  // A null is an empty string, as in Go.
  return new Map(
    Object.entries(annotations.raw).map(([key, value]) => [key, value === null ? '' : (text(annotations, key) ?? '')]),
  )
}

const noAnnotations: ReadonlyMap<string, string> = new Map()

function readContainer(node: Node, hostNetwork: boolean): Container {
  return {
    path: pathOf(node),
    name: text(node, 'name') ?? '',
    security: readSecurity(child(node, 'securityContext')),
    hostPorts: readHostPorts(node, hostNetwork),
    hosts: readHosts(node),
  }
}

function readHostPorts(container: Node, hostNetwork: boolean): Container['hostPorts'] {
  const found: Container['hostPorts'] = []
  for (const node of children(container, 'ports')) {
    const own = integer(node, 'hostPort') ?? 0
    const port = own === 0 && hostNetwork ? (integer(node, 'containerPort') ?? 0) : own
    if (port !== 0) found.push({ path: pathOf(node, 'hostPort'), port, isImplied: own === 0 })
  }
  return found
}

function readHosts(container: Node): Container['hosts'] {
  const found: Container['hosts'] = []
  const add = (handler: Node | undefined) => {
    for (const key of handler ? ['httpGet', 'tcpSocket'] : []) {
      const action = handler && child(handler, key)
      const host = action && text(action, 'host')
      if (host) found.push({ path: pathOf(action, 'host'), host })
    }
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) add(child(container, probe))
  const lifecycle = child(container, 'lifecycle')
  if (lifecycle) for (const hook of ['postStart', 'preStop']) add(child(lifecycle, hook))
  return found
}

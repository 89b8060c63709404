import type { Escape } from './cluster-state.ts'
import { flag, items, optionalText, record, stringList, text } from './decode.ts'
import { below, judgeHostPath } from './host-path.ts'
import type { PodVolume } from './pod-volumes.ts'

type Raw = Record<string, unknown>
/** A mount of a claim, which may turn out to be a path of the node. */
export type ClaimMount = { claim: string; field: string; isReadOnly: boolean; subPath?: string; user?: string }
/** A container that code may still run in, and what of the pod's holds for it. */
export type Container = {
  raw: Raw
  field: string
  /** As whom it runs, in words, where that is not root. */
  user?: string | undefined
  hasHostPid: boolean
  hasOwnUsers: boolean
}
/** With the volumes that it mounts. */
export type Mounting = Container & { mounts: Mount[] }

/**
 * The ways from code in a pod to its node: the escapes (CE_*) of KubeHound, but SYS_PTRACE with the node's processes in sight is enough, and
 * field/rbac.md's. Throws ShapeError.
 */
export function podEscapes(spec: Raw, containers: Mounting[]): Escape[] {
  const found: Escape[] = []
  const ofPod = (kind: Escape['kind'], key: string) => {
    if (flag(spec[key], `spec.${key}`)) found.push({ kind, field: `spec.${key}`, root: false })
  }
  ofPod('host-pid', 'hostPID')
  ofPod('host-network', 'hostNetwork')
  ofPod('host-ipc', 'hostIPC')
  ofPod('shared-pid', 'shareProcessNamespace')
  const context = record(spec['securityContext'] ?? {}, 'spec.securityContext')
  found.push(...hostProcess(context, 'spec.securityContext'))
  for (const container of containers) {
    const own = [...ofContext(container, flag(spec['hostNetwork'], '')), ...ofMounts(container)]
    for (const escape of own) found.push(withUser(escape, container.user))
  }
  return found
}

function ofContext({ raw, field, hasHostPid, hasOwnUsers }: Container, hasHostNetwork: boolean): Escape[] {
  const path = `${field}.securityContext`
  const context = record(raw['securityContext'] ?? {}, path)
  // In a user namespace of its own neither makes root of the node (kep 127).
  const root = !hasOwnUsers
  const found: Escape[] = []
  if (flag(context['privileged'], `${path}.privileged`))
    found.push({ kind: 'privileged', field: `${path}.privileged`, root })
  found.push(...hostProcess(context, path))
  // Then /proc/sys may be written, core_pattern in it.
  if (optionalText(context['procMount'], `${path}.procMount`) === 'Unmasked')
    found.push({ kind: 'privileged', field: `${path}.procMount`, root })
  const added = record(context['capabilities'] ?? {}, `${path}.capabilities`)
  const names = (key: string) => stringList(added[key], `${path}.capabilities.${key}`).map(capability)
  const drop = names('drop')
  for (const name of new Set(names('add'))) {
    const power = capabilities[name]?.({ hasHostPid, hasHostNetwork, drop })
    if (power === undefined) continue
    found.push({ kind: 'capability', field: `${path}.capabilities.add`, detail: name, root: root && power === 'root' })
  }
  return found
}

// Windows' privileged.
function hostProcess(context: Raw, path: string): Escape[] {
  const field = `${path}.windowsOptions.hostProcess`
  const options = record(context['windowsOptions'] ?? {}, `${path}.windowsOptions`)
  return flag(options['hostProcess'], field) ? [{ kind: 'privileged', field, root: true }] : []
}

type Around = { hasHostPid: boolean; hasHostNetwork: boolean; drop: string[] }

// capabilities(7); what is not here gives nothing beyond the container's own.
const capabilities: Record<string, (around: Around) => 'root' | 'helps' | undefined> = {
  ALL: () => 'root',
  // Mounts, and writes /proc/sys once it is remounted (core_pattern).
  SYS_ADMIN: () => 'root',
  SYS_MODULE: () => 'root',
  // Needs a process of the node to trace.
  SYS_PTRACE: ({ hasHostPid }) => (hasHostPid ? 'root' : undefined),
  // Opens any file of the node by its handle; to write needs DAC_OVERRIDE, which is there unless it is dropped.
  DAC_READ_SEARCH: ({ drop }) => (drop.includes('ALL') || drop.includes('DAC_OVERRIDE') ? 'helps' : 'root'),
  NET_ADMIN: ({ hasHostNetwork }) => (hasHostNetwork ? 'helps' : undefined),
  SYS_RAWIO: () => 'helps',
  SYS_BOOT: () => 'helps',
  BPF: () => 'helps',
}

function ofMounts({ mounts }: Mounting): Escape[] {
  return mounts.flatMap(({ volume: { path }, ...mount }) => (path === undefined ? [] : [ofPath(path, mount)]))
}

/** The mounts of claims; what they are is known once the volumes are. */
export function claimMounts(containers: Mounting[]): ClaimMount[] {
  return containers.flatMap(({ mounts, user }) =>
    mounts.flatMap(({ volume: { claim }, ...mount }) => {
      if (claim === undefined) return []
      return [{ claim, ...mount, ...(user === undefined ? {} : { user }) }]
    }),
  )
}

/** What a claim's mount gives whose volume is a path of the node. */
export function claimEscape(path: string, mount: ClaimMount): Escape {
  return withUser(ofPath(path, mount), mount.user)
}

type Mount = { volume: PodVolume; field: string; isReadOnly: boolean; subPath?: string }

function ofPath(path: string, { field, isReadOnly, subPath }: Omit<Mount, 'volume'>): Escape {
  const detail = below(path, subPath)
  return { ...judgeHostPath(detail, !isReadOnly), field, detail }
}

/** The volumes of the pod that a container mounts, and how. */
export function mountsOf({ raw, field }: Container, volumes: Map<string, PodVolume>): Mount[] {
  return items(raw['volumeMounts'], `${field}.volumeMounts`, (mount, path) => {
    const volume = volumes.get(text(mount['name'], `${path}.name`))
    if (!volume) return []
    const isReadOnly = flag(mount['readOnly'], `${path}.readOnly`) || volume.readOnly
    const subPath = optionalText(mount['subPath'], `${path}.subPath`)
    return [{ volume, field: path, isReadOnly, ...(subPath ? { subPath } : {}) }]
  }).flat()
}

// A set-uid program in its image may make it root.
function withUser(escape: Escape, user: string | undefined): Escape {
  return user === undefined || !escape.root ? escape : { ...escape, unsure: `the container runs as ${user}` }
}

/** Runtimes take them with their prefix and in small letters too. */
function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '')
}

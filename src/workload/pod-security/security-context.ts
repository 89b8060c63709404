import { boolean, child, integer, type Node, text, texts } from './field.ts'

/** A profile that a container is to run under. */
export type Profile = { type: string; hasFile: boolean }

/** The fields of a securityContext, a pod's or a container's, that a check looks at; undefined is not set. */
export type Security = {
  privileged: boolean | undefined
  allowPrivilegeEscalation: boolean | undefined
  runAsNonRoot: boolean | undefined
  runAsUser: number | undefined
  procMount: string | undefined
  hostProcess: boolean | undefined
  seccomp: Profile | undefined
  appArmor: Profile | undefined
  seLinux: { type: string; user: string; role: string } | undefined
  capabilities: { add: string[]; drop: string[] } | undefined
}

export function readSecurity(node: Node | undefined): Security {
  if (!node) return unset
  const windows = child(node, 'windowsOptions')
  const seLinux = child(node, 'seLinuxOptions')
  const capabilities = child(node, 'capabilities')
  return {
    privileged: boolean(node, 'privileged'),
    allowPrivilegeEscalation: boolean(node, 'allowPrivilegeEscalation'),
    runAsNonRoot: boolean(node, 'runAsNonRoot'),
    runAsUser: integer(node, 'runAsUser'),
    procMount: text(node, 'procMount'),
    hostProcess: windows && boolean(windows, 'hostProcess'),
    seccomp: profile(child(node, 'seccompProfile')),
    appArmor: profile(child(node, 'appArmorProfile')),
    seLinux: seLinux && {
      type: text(seLinux, 'type') ?? '',
      user: text(seLinux, 'user') ?? '',
      role: text(seLinux, 'role') ?? '',
    },
    capabilities: capabilities && { add: texts(capabilities, 'add'), drop: texts(capabilities, 'drop') },
  }
}

const unset: Security = {
  privileged: undefined,
  allowPrivilegeEscalation: undefined,
  runAsNonRoot: undefined,
  runAsUser: undefined,
  procMount: undefined,
  hostProcess: undefined,
  seccomp: undefined,
  appArmor: undefined,
  seLinux: undefined,
  capabilities: undefined,
}

function profile(node: Node | undefined): Profile | undefined {
  return node && { type: text(node, 'type') ?? '', hasFile: text(node, 'localhostProfile') !== undefined }
}

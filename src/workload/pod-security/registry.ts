import { exceptInUserNamespace, exceptOnWindows, type Rule } from './check.ts'
import { appArmorProfile } from './checks/app-armor.ts'
import { capabilitiesBaseline, capabilitiesRestricted } from './checks/capabilities.ts'
import { hostNamespaces, hostPorts, hostProbesAndHostLifecycle, windowsHostProcess } from './checks/host.ts'
import { allowPrivilegeEscalation, privileged } from './checks/privilege.ts'
import { procMount } from './checks/proc-mount.ts'
import { runAsNonRoot, runAsUser } from './checks/run-as.ts'
import { seLinuxOptions, seLinuxTypes, seLinuxTypes31 } from './checks/se-linux.ts'
import { seccompAnnotations, seccompBaseline, seccompRestricted } from './checks/seccomp.ts'
import { sysctls, sysctls0, sysctls27, sysctls29, sysctls32, sysctls37 } from './checks/sysctls.ts'
import { hostPathVolumes, restrictedVolumes } from './checks/volumes.ts'

export type BaselineId =
  | 'appArmorProfile'
  | 'capabilities_baseline'
  | 'hostNamespaces'
  | 'hostPathVolumes'
  | 'hostPorts'
  | 'hostProbesAndHostLifecycle'
  | 'privileged'
  | 'procMount'
  | 'seLinuxOptions'
  | 'seccompProfile_baseline'
  | 'sysctls'
  | 'windowsHostProcess'
export type RestrictedId =
  | 'allowPrivilegeEscalation'
  | 'capabilities_restricted'
  | 'procMount_restricted'
  | 'restrictedVolumes'
  | 'runAsNonRoot'
  | 'runAsUser'
  | 'seccompProfile_restricted'

/** A check, and the minor versions from which each of its revisions is in force. */
type Check<Id> = { id: Id; revisions: [from: number, rule: Rule][] }
/** `replaces`: the baseline check that it stands for, from the version on that it is in force itself. */
type Stricter = Check<RestrictedId> & { replaces?: BaselineId }

// In the order of their ids, in which the server names them.
const baseline: Check<BaselineId>[] = [
  { id: 'appArmorProfile', revisions: [[0, appArmorProfile]] },
  { id: 'capabilities_baseline', revisions: [[0, capabilitiesBaseline]] },
  { id: 'hostNamespaces', revisions: [[0, hostNamespaces]] },
  { id: 'hostPathVolumes', revisions: [[0, hostPathVolumes]] },
  { id: 'hostPorts', revisions: [[0, hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', revisions: [[34, hostProbesAndHostLifecycle]] },
  { id: 'privileged', revisions: [[0, privileged]] },
  {
    id: 'procMount',
    revisions: [
      [0, procMount],
      [35, exceptInUserNamespace(procMount)],
    ],
  },
  {
    id: 'seLinuxOptions',
    revisions: [
      [0, seLinuxOptions(seLinuxTypes)],
      [31, seLinuxOptions(seLinuxTypes31)],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    revisions: [
      [0, seccompAnnotations],
      [19, seccompBaseline],
    ],
  },
  {
    id: 'sysctls',
    revisions: [
      [0, sysctls(sysctls0)],
      [27, sysctls(sysctls27)],
      [29, sysctls(sysctls29)],
      [32, sysctls(sysctls32)],
      [37, sysctls(sysctls37)],
    ],
  },
  { id: 'windowsHostProcess', revisions: [[0, windowsHostProcess]] },
]

const restricted: Stricter[] = [
  {
    id: 'allowPrivilegeEscalation',
    revisions: [
      [8, allowPrivilegeEscalation],
      [25, exceptOnWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    replaces: 'capabilities_baseline',
    revisions: [
      [22, capabilitiesRestricted],
      [25, exceptOnWindows(capabilitiesRestricted)],
    ],
  },
  { id: 'procMount_restricted', replaces: 'procMount', revisions: [[35, procMount]] },
  { id: 'restrictedVolumes', replaces: 'hostPathVolumes', revisions: [[0, restrictedVolumes]] },
  {
    id: 'runAsNonRoot',
    revisions: [
      [0, runAsNonRoot],
      [35, exceptInUserNamespace(runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    revisions: [
      [23, runAsUser],
      [35, exceptInUserNamespace(runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    replaces: 'seccompProfile_baseline',
    revisions: [
      [19, seccompRestricted],
      [25, exceptOnWindows(seccompRestricted)],
    ],
  },
]

export type ActiveCheck = { id: BaselineId | RestrictedId; level: 'baseline' | 'restricted'; rule: Rule }

/** The checks of a level at a minor version, in upstream's order. Source: populate in policy/registry.go of k8s.io/pod-security-admission. */
export function checksAt(level: 'baseline' | 'restricted', minor: number): ActiveCheck[] {
  return (cache[level][minor] ??= compute(level, minor))
}

const cache: Record<'baseline' | 'restricted', ActiveCheck[][]> = { baseline: [], restricted: [] }

function compute(level: 'baseline' | 'restricted', minor: number): ActiveCheck[] {
  const stricter = level === 'restricted' ? restricted.filter((check) => ruleAt(check, minor)) : []
  const replaced = new Set(stricter.map(({ replaces }) => replaces))
  return [
    ...baseline.filter(({ id }) => !replaced.has(id)).flatMap((check) => active(check, 'baseline', minor)),
    ...stricter.flatMap((check) => active(check, 'restricted', minor)),
  ]
}

function active(check: Check<ActiveCheck['id']>, level: ActiveCheck['level'], minor: number): ActiveCheck[] {
  const rule = ruleAt(check, minor)
  return rule ? [{ id: check.id, level, rule }] : []
}

function ruleAt({ revisions }: Check<unknown>, minor: number): Rule | undefined {
  return revisions.findLast(([from]) => from <= minor)?.[1]
}

import type { Edit, Fix } from './edit.ts'
import type { Path } from './field.ts'
import type { Holder, Pod } from './pod.ts'

/** What a check has against a pod. */
export type Finding = {
  reason: string
  detail: string
  /** The fields at fault, those that are missing among them. */
  paths: Path[]
  fix?: Fix | undefined
}

/** One revision of a check: a rule of k8s.io/pod-security-admission/policy, whose texts it gives. */
export type Rule = (pod: Pod) => Finding | undefined

/** A field below the securityContext of a pod or a container. */
export function within({ path }: Holder, ...keys: string[]): Path {
  return [...path, 'securityContext', ...keys]
}

/** A rule that leaves Windows pods out, to which its fields do not apply. */
export function exceptOnWindows(rule: Rule): Rule {
  return (pod) => (pod.isWindows ? undefined : rule(pod))
}

/** A rule that leaves pods out whose root is not the node's. */
export function exceptInUserNamespace(rule: Rule): Rule {
  return (pod) => (pod.hasUserNamespace ? undefined : rule(pod))
}

/** The edits that take fields away; there is always something lost. */
export function removing(paths: readonly Path[]): Fix {
  return { edits: paths.map((path) => ({ path })), risky: true }
}

/** The edits that turn fields off which the pod asks for. */
export function turningOff(paths: readonly Path[]): Fix {
  return { edits: paths.map((path) => ({ path, value: false })), risky: true }
}

/** The edits that put a profile (seccomp, AppArmor) at its default. */
export function toRuntimeDefault(profile: Path, hasFile: boolean): Edit[] {
  const type: Edit = { path: [...profile, 'type'], value: 'RuntimeDefault' }
  return hasFile ? [type, { path: [...profile, 'localhostProfile'] }] : [type]
}

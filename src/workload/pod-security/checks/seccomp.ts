import { type Rule, removing, toRuntimeDefault, within } from '../check.ts'
import type { Edit } from '../edit.ts'
import type { Path } from '../field.ts'
import type { Container, Holder, Pod } from '../pod.ts'
import type { Profile } from '../security-context.ts'
import { containersText, goQuoted, plural, quoted, settersText, sortedSet } from '../wording.ts'

const reason = 'seccompProfile'
const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const containerAnnotation = 'container.seccomp.security.alpha.kubernetes.io/'

/** The annotations of before there was a field. Source: check_seccompProfile_baseline.go, seccompProfileBaseline_1_0. */
export const seccompAnnotations: Rule = ({ annotations, containers }) => {
  const keys = [podAnnotation, ...containers.map(({ name }) => `${containerAnnotation}${name}`)]
  const bad = sortedSet(keys.filter((key) => !isAllowedAnnotation(annotations.get(key))))
  if (bad.length === 0) return undefined
  const paths = bad.map((key): Path => ['metadata', 'annotations', key])
  const texts = sortedSet(bad.map((key) => `${key}=${goQuoted(annotations.get(key) ?? '')}`))
  const detail = `forbidden ${plural(texts.length, 'annotation', 'annotations')} ${texts.join(', ')}`
  return { reason, detail, paths, fix: removing(paths) }
}

/** Source: check_seccompProfile_baseline.go, seccompProfileBaseline_1_19. */
export const seccompBaseline: Rule = (pod) => {
  const bad = badSetters(pod)
  if (bad.length === 0) return undefined
  const paths = bad.map(typePath)
  return {
    reason,
    detail: badText(bad),
    paths,
    fix: { edits: bad.flatMap((setter) => setDefault(pod, setter)), risky: true },
  }
}

/** Source: check_seccompProfile_restricted.go. */
export const seccompRestricted: Rule = (pod) => {
  const bad = badSetters(pod)
  const unset = isAllowed(pod.security.seccomp) ? [] : pod.containers.filter(({ security }) => !security.seccomp)
  if (bad.length + unset.length === 0) return undefined
  const mustSet = `pod or ${containersText(unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  const isPodToSet = unset.length > 0 && !pod.security.seccomp
  const edits = [...(isPodToSet ? [pod] : []), ...bad].flatMap((setter) => setDefault(pod, setter))
  const isAskedFor = bad.length > 0 || edits.some(({ value }) => value === undefined)
  return {
    reason,
    detail: bad.length > 0 ? badText(bad) : mustSet,
    paths: [...bad, ...unset].map(typePath),
    fix: pod.isWindows ? undefined : { edits, risky: isAskedFor },
  }
}

function badSetters(pod: Pod): Holder[] {
  return pod.holders.filter(({ security }) => security.seccomp && !isAllowed(security.seccomp))
}

function badText(bad: Holder[]): string {
  const types = quoted(sortedSet(bad.map(({ security }) => security.seccomp?.type ?? '')))
  return `${settersText(bad)} must not set securityContext.seccompProfile.type to ${types}`
}

function typePath(setter: Holder): Path {
  return within(setter, 'seccompProfile', 'type')
}

/** An annotation must not say otherwise than the field. Source: validateSeccompAnnotationsAndFields in pkg/apis/core/validation. */
function setDefault(pod: Pod, setter: Holder | Container): Edit[] {
  const annotation = 'name' in setter ? `${containerAnnotation}${setter.name}` : podAnnotation
  const said = pod.annotations.get(annotation) ?? 'runtime/default'
  const isSame = said === 'runtime/default' || said === 'docker/default'
  return [
    ...toRuntimeDefault(within(setter, 'seccompProfile'), setter.security.seccomp?.hasFile ?? false),
    ...(isSame ? [] : [{ path: ['metadata', 'annotations', annotation] }]),
  ]
}

function isAllowed(profile: Profile | undefined): boolean {
  return profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost'
}

function isAllowedAnnotation(value: string | undefined): boolean {
  if (value === undefined) return true
  return value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')
}

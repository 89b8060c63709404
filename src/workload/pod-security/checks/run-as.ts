import { type Rule, removing, within } from '../check.ts'
import { containersText, settersText } from '../wording.ts'

/** Source: check_runAsNonRoot.go. */
export const runAsNonRoot: Rule = (pod) => {
  const asked = pod.holders.filter(({ security }) => security.runAsNonRoot === false)
  const unset =
    pod.security.runAsNonRoot === true
      ? []
      : pod.containers.filter(({ security }) => security.runAsNonRoot === undefined)
  if (asked.length + unset.length === 0) return undefined
  const detail =
    asked.length > 0
      ? `${settersText(asked)} must not set securityContext.runAsNonRoot=false`
      : `pod or ${containersText(unset)} must set securityContext.runAsNonRoot=true`
  const isPodToSet = unset.length > 0 && pod.security.runAsNonRoot === undefined
  const toSet = [...(isPodToSet ? [pod] : []), ...asked]
  return {
    reason: 'runAsNonRoot != true',
    detail,
    paths: [...asked, ...unset].map((holder) => within(holder, 'runAsNonRoot')),
    fix: {
      edits: toSet.map((holder) => ({ path: within(holder, 'runAsNonRoot'), value: true })),
      risky: asked.length > 0,
    },
  }
}

/** Source: check_runAsUser.go. */
export const runAsUser: Rule = (pod) => {
  const bad = pod.holders.filter(({ security }) => security.runAsUser === 0)
  if (bad.length === 0) return undefined
  const paths = bad.map((holder) => within(holder, 'runAsUser'))
  return { reason: 'runAsUser=0', detail: `${settersText(bad)} must not set runAsUser=0`, paths, fix: removing(paths) }
}

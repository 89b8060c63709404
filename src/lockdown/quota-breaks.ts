import { metaOf, specOf } from '../isolation/raw.ts'
import type { Breakage, LockdownOptions, LockdownScene } from './model.ts'
import { objectText, refOf } from './network/ground.ts'
import { keepPart } from './part.ts'
import { type Made, templatesIn, whoseOf } from './pods-templates.ts'

/** What stops where no pod can be made any more: what makes pods, at the moment that it would. */
export function stopBreaks(scene: LockdownScene, options: LockdownOptions): Breakage[] {
  const head = { part: 'quota', what: 'quota', certainty: 'certain' } as const
  const keep = keepPart('quota', options)
  const kept = keep === undefined ? {} : { keep }
  const workloads = templatesIn(scene).flatMap((made): Breakage[] => {
    const text = textOf(made)
    if (text === undefined) return []
    const ref = refOf(made.raw)
    return [
      { ...head, of: whoseOf(made), text, evidence: [{ how: 'declared', what: objectText(made.raw), ref }], ...kept },
    ]
  })
  const autoscalers = (scene.autoscalers ?? []).map((raw): Breakage => {
    const { namespace, name } = metaOf(raw)
    const of = { kind: 'HorizontalPodAutoscaler', namespace, name }
    const evidence = [{ how: 'declared' as const, what: objectText(raw), ref: refOf(raw), at: 'spec.maxReplicas' }]
    return { ...head, of, text: 'it can add no pods', evidence, ...kept }
  })
  return [...workloads, ...autoscalers]
}

function textOf({ raw, template }: Made): string | undefined {
  const isSuspended = specOf(raw)['suspend'] === true
  switch (template.kind) {
    case 'PodTemplate':
      return undefined
    case 'Pod':
      return template.controller ? 'a pod that is lost is not replaced' : 'it could not be made anew once it is gone'
    case 'CronJob':
      return isSuspended ? undefined : 'its next runs have no pods'
    case 'Job':
      return isSuspended ? undefined : 'a pod that fails is not tried again'
    case 'DaemonSet':
      return 'a node that is new gets no pod, one that is lost is not replaced, and a rollout stops at its first pod'
    default:
      return 'a pod that is lost is not replaced, and neither a rollout nor scaling up gets any'
  }
}

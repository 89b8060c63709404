import { selects } from '../workload/label-selector.ts'
import { selector } from '../snapshot/decode.ts'
import { managersOf, managerText } from './gitops.ts'
import type { PodPlan } from './plan-pods.ts'
import { listAt, metaOf, type Raw, recordAt, specOf, textAt, textsAt } from './raw.ts'
import type { IsolationWarning } from './report.ts'
import type { Surroundings } from './surroundings.ts'
import { named, nameOf } from './warnings-together.ts'

/** What around the pods will work against the isolation, or past it; pure. */
export function warningsOf(around: Surroundings, plans: PodPlan[]): IsolationWarning[] {
  const cut = plans.filter(({ standing }) => standing === 'enforceable')
  return [
    ...managersOf(around.workloads).map(
      (manager): IsolationWarning => ({
        kind: 'gitops',
        text: managerText(manager),
        next: 'pause it for the time of the incident; kubectl secure status shows what was put back',
      }),
    ),
    ...around.operators.map(
      ({ kind, name, apiVersion }): IsolationWarning => ({
        kind: 'controller',
        text: `${kind} ${name} (${apiVersion}) has an operator: it may change or delete the pods`,
      }),
    ),
    ...budgetWarnings(around, cut),
    ...scalerWarnings(around),
    ...volumeWarnings(around, cut),
  ]
}

function budgetWarnings({ budgets }: Surroundings, cut: PodPlan[]): IsolationWarning[] {
  return budgets.flatMap((budget): IsolationWarning[] => {
    const { namespace, name } = metaOf(budget)
    const pods = cut.filter(({ ref }) => ref.namespace === namespace)
    const [before, after] = [
      pods.filter((pod) => isSelected(budget, pod.labelsBefore)),
      pods.filter((pod) => isSelected(budget, pod.labelsAfter)),
    ]
    const counted = after.filter(({ ownership, strip }) => ownership.how === 'detach' && strip.length > 0)
    return [
      ...(counted.length > 0
        ? [
            {
              kind: 'disruption' as const,
              text: `PodDisruptionBudget ${namespace}/${name} still counts ${named(counted.map(({ ref }) => nameOf(ref)))}, which has no owner now: it may refuse every eviction`,
            },
          ]
        : []),
      ...(before.length > after.length
        ? [
            {
              kind: 'disruption' as const,
              text: `PodDisruptionBudget ${namespace}/${name} no longer covers ${named(before.map(({ ref }) => nameOf(ref)))}: nothing keeps a drain from evicting the evidence`,
              next: 'drain no node that holds it',
            },
          ]
        : []),
    ]
  })
}

function isSelected(budget: Raw, labels: Record<string, string>): boolean {
  try {
    return selects(selector(recordAt(specOf(budget), 'selector'), 'spec.selector'), labels)
  } catch {
    // One that cannot be read selects nothing that could be told here.
    return false
  }
}

function scalerWarnings({ autoscalers, workloads }: Surroundings): IsolationWarning[] {
  const targets = new Set(workloads.map((raw) => `${metaOf(raw).namespace}/${String(raw['kind'])}/${metaOf(raw).name}`))
  return autoscalers.flatMap((raw): IsolationWarning[] => {
    const { namespace, name } = metaOf(raw)
    const ref = recordAt(specOf(raw), raw['kind'] === 'VerticalPodAutoscaler' ? 'targetRef' : 'scaleTargetRef')
    if (!targets.has(`${namespace}/${textAt(ref, 'kind')}/${textAt(ref, 'name')}`)) return []
    const what =
      raw['kind'] === 'VerticalPodAutoscaler'
        ? 'may evict pods to resize them'
        : 'scales it back up, and picks the pods to delete when it scales down'
    return [
      {
        kind: 'disruption',
        text: `${String(raw['kind'])} ${namespace}/${name} is set on ${textAt(ref, 'kind')} ${textAt(ref, 'name')}: it ${what}`,
      },
    ]
  })
}

function volumeWarnings({ claims, neighbours }: Surroundings, cut: PodPlan[]): IsolationWarning[] {
  const ours = new Set(cut.map(({ ref }) => ref.uid))
  const shared = new Set(
    claims
      .filter((raw) => textsAt(specOf(raw), 'accessModes').includes('ReadWriteMany'))
      .map((raw) => nameOf(metaOf(raw))),
  )
  const mounted = (pod: Raw) =>
    listAt(specOf(pod), 'volumes')
      .map((volume) => textAt(recordAt(volume, 'persistentVolumeClaim'), 'claimName'))
      .filter((name) => name !== '')
      .map((name) => nameOf({ namespace: metaOf(pod).namespace, name }))
  const byClaim = Map.groupBy(
    neighbours.flatMap((pod) => mounted(pod).map((claim) => ({ claim, pod }))),
    ({ claim }) => claim,
  )
  return [...byClaim].flatMap(([claim, pods]): IsolationWarning[] => {
    const others = pods.filter(({ pod }) => !ours.has(metaOf(pod).uid))
    const mine = pods.length - others.length
    if (mine === 0 || others.length === 0) return []
    const how = shared.has(claim) ? 'ReadWriteMany' : 'on the same node'
    return [
      {
        kind: 'bypass',
        text: `the volume ${claim} (${how}) is also mounted by ${named(others.map(({ pod }) => nameOf(metaOf(pod))))}: files go on being shared`,
      },
    ]
  })
}

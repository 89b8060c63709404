import type { ObjectRef } from '../../change/plan.ts'
import { quarantineLabelPrefix } from '../../change/plan.ts'
import {
  controllerOf,
  listAt,
  metaOf,
  type Raw,
  recordAt,
  specOf,
  stringsAt,
  textAt,
  textsAt,
} from '../../isolation/raw.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import { selects } from '../../workload/label-selector.ts'
import { type Template, templatesOf } from '../../workload/pod-security/templates.ts'
import type { End } from '../model.ts'
import { labelsSelector } from './ends.ts'

/** What makes pods of the namespace, or pods that something unknown to Kubernetes made. */
export type Workload = {
  ref: ObjectRef & { namespace: string }
  /** Of its pods, as the template has them. */
  labels: Record<string, string>
  annotations: Record<string, string>
  /** What a policy knows its pods by; absent where no label tells them from others. */
  selector?: LabelSelector
  /** A PodSpec, and where it is in the object. */
  spec: Raw
  specPath: string
  hostNetwork: boolean
  /** Those that have not ended. */
  pods: Raw[]
}

/** Labels that one pod, one revision or one run has: whoever is meant by them is another tomorrow. */
const passing = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/controller-uid',
  'controller-uid',
])

/** Labels by which the pods of a workload are known for longer than one of them lives. */
export function lastingLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !passing.has(key) && !key.startsWith(quarantineLabelPrefix)),
  )
}

/** The workloads of a namespace; pods that none of them selects are workloads of their own, one an owner. */
export function workloadsOf(objects: readonly Raw[], pods: readonly Raw[], namespace: string): Workload[] {
  const templates = objects.flatMap((raw) => templatesOf(raw).map((template) => ({ raw, template })))
  const keys = new Set(templates.map(({ template: { kind, name } }) => `${kind} ${name}`))
  const made = templates
    .filter(({ template: { kind, controller, notes } }) => {
      const isMade = controller !== undefined && keys.has(`${controller.kind} ${controller.name}`)
      return kind !== 'Pod' && kind !== 'PodTemplate' && !isMade && !notes.includes('ended')
    })
    .map(({ raw, template }) => workloadOf(raw, template, namespace))
  const strays = new Map<string, Raw[]>()
  for (const pod of pods) {
    const { labels, uid, name } = metaOf(pod)
    const owners = made.filter(({ selector }) => selector && selects(selector, labels))
    for (const owner of owners) owner.pods.push(pod)
    if (owners.length > 0) continue
    const key = controllerOf(pod)?.uid || uid || name
    const list = strays.get(key)
    if (list) list.push(pod)
    else strays.set(key, [pod])
  }
  const all = [...made, ...[...strays.values()].map((group) => strayOf(group, namespace))]
  // Where a selector means somebody else's pods too, all labels of the template are the closest one comes.
  return all.map((workload) => {
    const { selector, labels } = workload
    const isShared = all.some((other) => other !== workload && selector && selects(selector, other.labels))
    const exact = lastingLabels(labels)
    return isShared && Object.keys(exact).length > 0 ? { ...workload, selector: labelsSelector(exact) } : workload
  })
}

export const workloadText = ({ ref }: Workload): string => `${ref.kind} ${ref.namespace}/${ref.name}`

/** A workload as one side of a connection; on the host network it is known by addresses alone (hosts.ts). */
export function workloadEnd({ ref, selector }: Workload): End {
  const name = `${ref.kind} ${ref.name}`
  if (!selector) return { kind: 'unnamed', name: `${name}, whose pods have no labels` }
  return { kind: 'pods', namespace: ref.namespace, selector, name }
}

function workloadOf(raw: Raw, { apiVersion, kind, name, specPath, pod }: Template, namespace: string): Workload {
  const labels = stringsAt(recordAt(pod, 'metadata'), 'labels')
  const selector = selectorOf(raw, kind, name, labels)
  const spec = recordAt(pod, 'spec')
  return {
    ref: { apiVersion, kind, resource: resourceOf(kind), namespace, name },
    // A Job's pods get its name from the API server.
    labels: kind === 'Job' ? { ...labels, ...selector?.matchLabels } : labels,
    annotations: stringsAt(recordAt(pod, 'metadata'), 'annotations'),
    ...(selector ? { selector } : {}),
    spec,
    specPath,
    hostNetwork: spec['hostNetwork'] === true,
    pods: [],
  }
}

function selectorOf(raw: Raw, kind: string, name: string, labels: Record<string, string>): LabelSelector | undefined {
  // Its own selector is by uid, and its next run has another.
  if (kind === 'Job') return labelsSelector({ 'batch.kubernetes.io/job-name': name })
  const given = recordAt(specOf(raw), 'selector')
  const selector =
    kind === 'CronJob'
      ? labelsSelector(lastingLabels(labels))
      : kind === 'ReplicationController'
        ? labelsSelector(stringsAt(specOf(raw), 'selector'))
        : {
            matchLabels: stringsAt(given, 'matchLabels'),
            matchExpressions: listAt(given, 'matchExpressions').map((expression) => ({
              key: textAt(expression, 'key'),
              operator: textAt(expression, 'operator'),
              values: textsAt(expression, 'values'),
            })),
          }
  const isEmpty = Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0
  if (!isEmpty) return selector
  const lasting = lastingLabels(labels)
  return Object.keys(lasting).length > 0 ? labelsSelector(lasting) : undefined
}

function strayOf(pods: Raw[], namespace: string): Workload {
  const [pod = {}] = pods
  const { name, labels, annotations } = metaOf(pod)
  const owner = controllerOf(pod)
  const lasting = lastingLabels(labels)
  const [apiVersion, kind] = owner ? [owner.apiVersion, owner.kind] : ['v1', 'Pod']
  return {
    ref: { apiVersion, kind, resource: resourceOf(kind), namespace, name: owner?.name ?? name },
    labels,
    annotations,
    ...(Object.keys(lasting).length > 0 ? { selector: labelsSelector(lasting) } : {}),
    spec: specOf(pod),
    specPath: 'spec',
    hostNetwork: specOf(pod)['hostNetwork'] === true,
    pods,
  }
}

/** The plural that paths have. */
export const resourceOf = (kind: string): string => {
  const name = kind.toLowerCase()
  if (name.endsWith('s')) return `${name}es`
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`
}

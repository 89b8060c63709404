import { controllerOf, metaOf, type Raw, statusOf, textAt } from '../isolation/raw.ts'
import { type Template, templatesOf } from '../workload/pod-security/templates.ts'
import type { LockdownScene } from './model.ts'

/** A pod template and the object that it is in. */
export type Made = { raw: Raw; template: Template }

/**
 * What new pods of the namespace are made from, each once: templates whose object nothing else manages, pods by themselves, and of pods
 * that something unknown manages one each. What has ended makes none.
 */
export function templatesIn(scene: LockdownScene): Made[] {
  const uids = new Set(scene.workloads.map((raw) => metaOf(raw).uid).filter((uid) => uid !== ''))
  const lasting = (raw: Raw) =>
    templatesOf(raw)
      .filter(({ notes }) => !notes.includes('ended'))
      .map((template) => ({ raw, template }))
  const made = scene.workloads.filter((raw) => !uids.has(controllerOf(raw)?.uid ?? '')).flatMap(lasting)
  const owners = new Set<string>()
  const strays = podsOf(scene).filter((pod) => {
    const { uid, name } = metaOf(pod)
    const owner = controllerOf(pod)?.uid ?? ''
    const isKnown = uids.has(owner) || uids.has(uid) || scene.workloads.some((raw) => isPodNamed(raw, name))
    const key = owner || uid || name
    if (isKnown || owners.has(key)) return false
    owners.add(key)
    return true
  })
  return [...made, ...strays.flatMap(lasting)]
}

/** The namespace's pods as the API has them, those that have ended among them. */
export function podsOf({ namespace, network }: LockdownScene): Raw[] {
  const { name } = metaOf(namespace)
  return network.objects.filter(
    (raw) => raw['apiVersion'] === 'v1' && raw['kind'] === 'Pod' && metaOf(raw).namespace === name,
  )
}

export function hasEnded(pod: Raw): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(statusOf(pod), 'phase'))
}

/** Whose pods they are: what manages the object, where that is known by its reference alone. */
export function whoseOf({ template, raw }: Made): { kind: string; namespace: string; name: string } {
  const { kind, name, controller } = template
  const whose = controller ?? { kind, name }
  return { kind: whose.kind, namespace: template.namespace || metaOf(raw).namespace, name: whose.name }
}

const isPodNamed = (raw: Raw, name: string) => raw['kind'] === 'Pod' && metaOf(raw).name === name

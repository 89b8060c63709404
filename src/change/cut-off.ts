import type { Recorded } from './journal/journal.ts'
import type { Change, Plan, SubresourceChange } from './plan.ts'
import type { Irreversible } from './reports.ts'

/** Pods whose connections stay cut, as the run could not release them; each with why. */
export function unreleased(entries: readonly Recorded[]): { pod: string; why: string }[] {
  const last = new Map<string, { released: boolean; why: string }>()
  for (const entry of entries) {
    if (entry.type !== 'note' || entry.kind !== 'release') continue
    const { pod, ...outcome } = entry.data as { pod: string; released: boolean; why: string }
    last.set(pod, outcome)
  }
  return [...last].filter(([, { released }]) => !released).map(([pod, { why }]) => ({ pod, why }))
}

/** The same as what did not come back, with what to do about it. */
export function stillCut({ id, changes }: Plan, entries: readonly Recorded[]): Irreversible[] {
  return unreleased(entries).flatMap(({ pod, why }) => {
    const ofPod = changes.filter((change) => nameOf(change) === pod)
    const change = ofPod.find(cutsNetwork) ?? ofPod[0]
    const next = `"kubectl secure undo ${id} --probe-image IMAGE" tries again with an image that its node can get, and deleting the pod ends it`
    return change
      ? [{ change: change.id, ref: change.ref, what: `it stays cut off from its network: ${why}; ${next}` }]
      : []
  })
}

/** Whether undo has a container let the pod of a change use its network again. */
export function cutsNetwork(change: Change): change is SubresourceChange {
  return change.do === 'subresource' && isSever(change.id)
}

/** Whether a change of this id cuts connections. */
export function isSever(id: string): boolean {
  return id.startsWith('sever-')
}

/** The pod that a change is of, as {@link unreleased} names it. */
export function nameOf({ ref }: Change): string | undefined {
  return ref.resource === 'pods' ? `${ref.namespace}/${ref.name}` : undefined
}

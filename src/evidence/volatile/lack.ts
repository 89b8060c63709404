import type { SubresourceChange } from '../../change/plan.ts'

export const hidesAll = 'what runs in it, and whom it talks to'

/** The container that a change looks into. Hostile text. */
export function targetOf({ container }: SubresourceChange): string {
  const target = container['targetContainerName']
  return typeof target === 'string' ? target : ''
}

/** How a message names it. Hostile text. */
export function whereOf(change: SubresourceChange): string {
  return `container ${targetOf(change)} of pod ${change.ref.name} in ${change.ref.namespace}`
}

/** What is missing where the change is not made. */
export function lackOf(change: SubresourceChange): { what: string; hides: string } {
  return { what: `live facts of ${whereOf(change)}`, hides: hidesAll }
}

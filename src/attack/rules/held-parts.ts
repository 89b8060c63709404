import type { HeldRole, Power, Step } from '../model.ts'
import { creatable, type Part, partsOf } from './parts.ts'

/** The powers on one resource, each one constant. */
export type Writing = { create: Power; update: Power; patch: Power }

export function writing(group: string, resource: string, { namespaced = true, subresource = '' } = {}): Writing {
  const power = (verb: string): Power => ({ verb, group, resource, subresource, namespaced })
  return { create: power('create'), update: power('update'), patch: power('patch') }
}

/** A step, wherever it leads. */
export type Way = Omit<Step, 'to'>

/** The step that a part of a role's makes. */
export function wayOf(held: HeldRole, rule: Step['rule'], part: Part): Way {
  return { rule, from: [held.id], rights: part.ways[0] ?? [] }
}

/** What a role has of any of these powers: for all names, if it has that; else a part a name. */
export function broadest(held: HeldRole, ...powers: Power[]): Part[] {
  // Most roles have nothing of most powers.
  return powers.some((power) => held.gives(power).length > 0) ? broadestOf(partsOf(held, ...powers)) : []
}

/** By what a role may create objects of a kind: under any name, if it has that; else under one. */
export function broadestCreation(held: HeldRole, { create }: Writing): Part | undefined {
  return held.gives(create).length > 0 ? broadestOf(creatable(held, create))[0] : undefined
}

export function broadestOf(parts: Part[]): Part[] {
  const free = parts.find(({ name }) => name === undefined)
  return free ? [free] : parts
}

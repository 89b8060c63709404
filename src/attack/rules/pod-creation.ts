import type { AttackGraph, AttackRule, AttackWorld, HeldIdentity, HeldRole } from '../model.ts'
import { confinementOf, joined, unconfined } from './confinement.ts'
import { factsOf } from './facts.ts'
import { broadestCreation, type Way, wayOf, type Writing } from './held-parts.ts'
import { addBoth, both, hasEverything, partsOf } from './parts.ts'

/** The steps of who can have pods made in a scope, as they like: to the accounts and secrets there and, where Pod Security lets them, to nodes. */
export function addPodCreation(graph: AttackGraph, world: AttackWorld, scope: string, way: Way): void {
  if (factsOf(world).namespace.get(scope)?.terminating) return
  graph.add({ ...way, to: graph.node({ kind: 'ability', ability: 'create-pods', scope }) })
  addUnconfined(graph, world, scope, way, graph.node({ kind: 'ability', ability: 'create-pods-unconfined', scope }))
}

/** The same step to what is had only where Pod Security stops nothing; none where it does. */
export function addUnconfined(graph: AttackGraph, world: AttackWorld, scope: string, way: Way, to: number): void {
  const lax = unconfined(world, scope)
  if (lax) graph.add({ ...way, to, state: [...(way.state ?? []), lax.fact], ...joined(way.unsure, lax.unsure) })
}

/** Pods by the right to create objects of a kind: with names it takes a server-side apply, and so `patch` of the same name too. */
export function addCreation(
  graph: AttackGraph,
  world: AttackWorld,
  held: HeldRole,
  rule: AttackRule['id'],
  on: Writing,
): boolean {
  const part = broadestCreation(held, on)
  if (!part) return false
  addPodCreation(graph, world, held.scope, wayOf(held, rule, part))
  return true
}

/** The same where one identity has the two by different roles. */
export function addCreationAcross(
  graph: AttackGraph,
  world: AttackWorld,
  held: HeldIdentity,
  rule: AttackRule['id'],
  on: Writing,
): void {
  if (!held.givesNamed(on.create) || hasEverything(held)) return
  const created = partsOf(held, on.create).filter(({ name }) => name !== undefined)
  const patched = partsOf(held, on.patch)
  for (const create of created) {
    for (const patch of patched) {
      const scope = both(create, patch)?.scope
      if (scope === undefined || factsOf(world).namespace.get(scope)?.terminating) continue
      // What is created counts too: who creates one kind and patches another applies neither.
      const of = (name: string | undefined) => `${on.create.resource} ${name ?? '*'}`
      const one = { ability: 'create-pods', part: { ...create, name: of(create.name) } } as const
      const other = { ability: 'update-pods', part: { ...patch, name: of(patch.name) } } as const
      const to = (ability: 'create-pods' | 'create-pods-unconfined') => graph.node({ kind: 'ability', ability, scope })
      addBoth(held, graph, one, other, { rule, to: to('create-pods') })
      const lax = unconfined(world, scope)
      if (!lax) continue
      const outcome = { rule, to: to('create-pods-unconfined'), state: [lax.fact], ...joined(lax.unsure) }
      addBoth(held, graph, one, other, outcome)
    }
  }
}

/**
 * What the creation of pods gives, in all namespaces and in each. Two requests, perhaps of two subjects, get a node of a confined namespace: one
 * takes the labels away. Nothing is created in a namespace that is being deleted.
 */
export function addPodsOfNamespaces(graph: AttackGraph, world: AttackWorld): void {
  const ability = (ability: 'create-pods' | 'create-pods-unconfined' | 'label-namespace', scope: string) =>
    graph.node({ kind: 'ability', ability, scope })
  const gives = (scope: string) => {
    for (const kind of ['any-account', 'any-secret'] as const) {
      graph.add({ rule: 'part', from: [ability('create-pods', scope)], to: graph.node({ kind, scope }) })
    }
    graph.add({ rule: 'part', from: [ability('create-pods-unconfined', scope)], to: graph.node({ kind: 'any-node' }) })
    const all = graph.node({ kind: 'namespace-admin', namespace: scope })
    addPodCreation(graph, world, scope, { rule: 'pod-create', from: [all] })
  }
  gives('*')
  for (const namespace of factsOf(world).namespaces) {
    gives(namespace)
    const { isConfined, fact } = confinementOf(world, namespace)
    if (isConfined === false) continue
    const from = [ability('create-pods', namespace), ability('label-namespace', namespace)]
    const to = ability('create-pods-unconfined', namespace)
    graph.add({ rule: 'ns-label', from, to, state: [fact] })
  }
}

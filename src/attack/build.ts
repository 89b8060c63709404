import { createBorrowing } from './borrowed.ts'
import { createGraph } from './graph.ts'
import { createIdentities } from './held-identity.ts'
import { heldRole } from './held-role.ts'
import type { AttackGraph, AttackRule, AttackWorld } from './model.ts'
import { createPowers } from './powers.ts'
import { attackRules } from './rules/index.ts'
import { addBindings, structureOf } from './structure.ts'

/**
 * The attack graph of a world: its bindings, and what the rules make of the rights and the state in it. Linear in its input: each role is looked at
 * once a power, each role and scope and each subject once a rule.
 */
export function buildGraph(world: AttackWorld, rules: AttackRule[] = attackRules): AttackGraph {
  const graph = createGraph(structureOf(world))
  const subjects = addBindings(world, graph)
  for (const { namespace, name } of world.state.accounts) {
    graph.node({ kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } })
  }
  const powers = createPowers()
  const identityOf = createIdentities(subjects, graph, powers)
  const lend = createBorrowing(subjects, graph, powers)
  for (const rule of rules) rule.state?.(graph, world)
  // Rules may make nodes of roles that nobody held so far: those have their turn too.
  for (let id = 0; id < graph.nodes.length; ) {
    for (; id < graph.nodes.length; id += 1) visit(id)
    for (const rule of rules) rule.joins?.(graph, world)
  }
  return graph

  function visit(id: number): void {
    const node = graph.nodes[id]
    if (node && 'borrowed' in node) lend(node, id)
    if (node?.kind === 'role' || node?.kind === 'free-role') {
      const held = heldRole(id, node, powers)
      const occasion = node.kind === 'role' ? 'role' : 'given'
      for (const rule of rules) rule[occasion]?.(held, graph, world)
    } else if (node?.kind === 'subject') {
      const held = identityOf(id)
      if (held) for (const rule of rules) rule.identity?.(held, graph, world)
    }
  }
}

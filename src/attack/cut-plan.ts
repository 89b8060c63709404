import { refTo } from '../rbac/grants.ts'
import { canonicalSubject, subjectKey } from '../rbac/identity.ts'
import type { Binding } from '../snapshot/objects.ts'
import { type Asked, pathOf } from './answer.ts'
import type { Bootstrap } from './bootstrap.ts'
import { buildGraph } from './build.ts'
import { cutCommand } from './cut-command.ts'
import { cut, type CutAnswer } from './cut.ts'
import { isAmong } from './cut-world.ts'
import { type Ground, groundOf } from './ground.ts'
import { nodeText } from './nodes.ts'
import type { AttackPath, Cut, Removed, Start, Target } from './report.ts'
import { sourcesIn, subjectsAskedAbout } from './subjects.ts'
import { goalsOf, startNode } from './target.ts'

/**
 * The fewest grants to take away so that these starts (none: every subject that is not the system's own) have no way to a target left; `ground` is what
 * the paths to it were looked for in.
 */
export function cutTo(
  asked: Asked,
  from: Start[],
  to: Target,
  ground: Pick<Ground, 'world' | 'searched'> = groundOf(asked, { from, to: [to] }),
): Cut {
  const { bootstrap } = asked
  const { world } = ground
  const subjects = from.length === 0 ? subjectsAskedAbout(world, bootstrap) : []
  const answer = cut({
    world,
    whole: ground.searched,
    build: (less) => {
      const graph = buildGraph(less)
      for (const start of from) startNode(start, graph)
      goalsOf(to, graph)
      return graph
    },
    goalsOf: (graph) => goalsOf(to, graph),
    sourcesOf: (graph) => {
      const starts = from.map((start) => startNode(start, graph))
      const named = new Map(starts.map((id) => [id, nodeText(graph.nodes[id] ?? { kind: 'admin' })]))
      const sources = from.length === 0 ? sourcesIn(graph, subjects) : named
      for (const goal of goalsOf(to, graph)) sources.delete(goal)
      return sources
    },
    cuttable: cuttableBy(bootstrap),
  })
  const remove = [...answer.removal].map(([binding, keys]) => removedOf(binding, keys, answer))
  remove.sort((a, b) => b.breaks - a.breaks || (a.command < b.command ? -1 : 1))
  const uncuttable = answer.uncuttable.map(
    ({ graph, source, goal, steps }): AttackPath => pathOf({ world, graph }, source, to, { goal, steps }),
  )
  return { to, remove, smallest: answer.isSmallest, uncuttable }
}

// What the cluster was created with stays: without it, it does not work, or is given it again.
function cuttableBy({ extraSubjects }: Bootstrap): (binding: Binding) => ReadonlySet<string> {
  const known = new Map<Binding, ReadonlySet<string>>()
  return (binding) => {
    const found = known.get(binding)
    if (found) return found
    const extra = extraSubjects(binding).flatMap((written) => canonicalSubject(written, binding.namespace) ?? [])
    const keys = new Set(extra.map(subjectKey))
    known.set(binding, keys)
    return keys
  }
}

function removedOf(binding: Binding, keys: ReadonlySet<string>, { breaks }: CutAnswer): Removed {
  const { kind, name } = binding.roleRef
  const [first, ...others] = binding.subjects.filter((written) => isAmong(keys, written, binding))
  const isOne = first && others.length === 0 && binding.subjects.length > 1
  return {
    grant: { binding: refTo(binding), roleRef: { kind, name } },
    ...(isOne ? { subject: first } : {}),
    command: cutCommand(binding, keys),
    breaks: breaks.get(binding)?.size ?? 0,
  }
}

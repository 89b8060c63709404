import { answerPaths, type PathsQuery } from '../attack/answer.ts'
import { bootstrapOf } from '../attack/bootstrap.ts'
import { groundOf } from '../attack/ground.ts'
import type { PathsAnswer } from '../attack/report.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { withAttackWorld } from './attack-world.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { keepHeapTight } from './memory.ts'

/** The whole of paths: the world, live, of evidence or from files, the graph of it, and the ways through that; with what it was read from. */
export async function askPaths(
  flags: SnapshotFlags,
  options: ConnectionOptions,
  query: PathsQuery & { cut: boolean },
): Promise<{ answer: PathsAnswer; source: Snapshot['source'] }> {
  keepHeapTight()
  const { gaps, notes, ...world } = await withAttackWorld(flags, options)
  const bootstrap = await bootstrapOf(world.snapshot, world.state.version)
  const asked = { world, bootstrap, gaps, notes }
  const ground = groundOf(asked, query)
  const answer = answerPaths(asked, query, ground)
  const { source } = world.snapshot
  if (!query.cut) return { answer, source }
  const { cutTo } = await import('../attack/cut-plan.ts')
  return { answer: { ...answer, cuts: answer.query.to.map((to) => cutTo(asked, query.from, to, ground)) }, source }
}

import { withAttackWorld } from '../../src/cli/attack-world.ts'
import type { Ground } from './paths-field.ts'
import { follow } from './paths-follow.ts'
import { claims, rulesOf, saidOf } from './paths-graph.ts'
import { reachedBy, walk } from './paths-walker.ts'
import type { Draw } from './draw.ts'
import { sourcesOf } from './paths-world.ts'
import type { WorldObject } from './world.ts'

// So that many worlds have their turn.
const mostSources = 3
const mostWays = 5

export type Tally = {
  worlds: number
  sources: number
  /** Requests that the walker tried, those that were let, and what it got by them. */
  tried: number
  worked: number
  got: number
  /** What it got and was not said to be reached. */
  missed: number
  /** What the graph says is reached, beside what the walker tried. */
  said: number
  unsure: number
  walked: number
  /** Walked, and refused on the way or not worth at the end what was said. */
  wrong: number
  hops: Map<string, number>
  /** Said to be reached, and not got by the walker; these are walked all the same. */
  notTried: number
  /** Paths that could not be walked here. */
  leftOut: number
}

export function emptyTally(): Tally {
  return {
    worlds: 0,
    sources: 0,
    tried: 0,
    worked: 0,
    got: 0,
    missed: 0,
    said: 0,
    unsure: 0,
    walked: 0,
    wrong: 0,
    hops: new Map(),
    notTried: 0,
    leftOut: 0,
  }
}

/** Adds the counts of one tally to another. */
export function addTally(to: Tally, { hops, ...counts }: Tally): void {
  for (const [key, count] of Object.entries(counts)) to[key as keyof typeof counts] += count
  for (const [rule, count] of hops) to.hops.set(rule, (to.hops.get(rule) ?? 0) + count)
}

/** Puts up a world, attacks it from each source by trying and along each path that is reported, and says what differs. */
export async function tryEscalations(
  ground: Ground,
  world: readonly WorldObject[],
  tally: Tally,
  draw: Draw,
): Promise<string[]> {
  const wrong: string[] = []
  try {
    wrong.push(...(await ground.put(world)))
    const said = saidOf(await withAttackWorld({}, { kubeconfig: ground.kubeconfig }))
    tally.worlds += 1
    for (const source of shuffled(draw, sourcesOf(world)).slice(0, mostSources)) {
      const anchor = await ground.wardrobe.start(source)
      const own = `${source.kind} ${source.namespace ?? ''}/${source.name}`
      tally.sources += 1
      const { graph, claimed, reached, perhaps, ways: waysTo } = said(source)
      const field = ground.begin(anchor)
      const got = await reachedBy(await walk(field))
      await ground.undo()
      tally.tried += field.requests
      tally.worked += field.worked
      tally.got += [...got].filter((claim) => claimed.has(claim)).length
      tally.said += reached.size
      tally.unsure += [...perhaps].filter((claim) => !reached.has(claim)).length
      const isAll = got.has('admin')
      for (const claim of isAll ? ['admin'] : got) {
        // A member of a group has a name besides.
        const isOwn = source.kind === 'Group' && claim === `user:${anchor.user}`
        if (!claimed.has(claim) || reached.has(claim) || isOwn) continue
        tally.missed += 1
        wrong.push(`missed: ${own} got ${claim}`)
      }
      tally.notTried += [...reached].filter((claim) => !got.has(claim) && !isAll).length
      const others = shuffled(
        draw,
        [...reached].filter((claim) => claim !== 'admin'),
      )
      const ways = [...waysTo('admin', reached.has('admin') ? 3 : 0), ...others.flatMap((claim) => waysTo(claim, 2))]
      for (const { claim, way } of ways.filter(({ way: { steps } }) => steps.length > 0).slice(0, mostWays)) {
        const why = await follow(ground.begin(anchor), graph, way, claims.get(claim))
        await ground.undo()
        if (why?.startsWith('left out')) {
          tally.leftOut += 1
          continue
        }
        tally.walked += 1
        const rules = rulesOf(graph, way)
        for (const rule of rules) tally.hops.set(rule, (tally.hops.get(rule) ?? 0) + 1)
        if (why === undefined) continue
        tally.wrong += 1
        wrong.push(`false: ${own} to ${claim} by ${rules.join(' ')}: ${why}`)
      }
    }
    return wrong
  } finally {
    await ground.undo()
    await ground.stage.clear()
  }
}

export function summaryOf(tally: Tally): string {
  const hops = [...tally.hops].sort((a, b) => b[1] - a[1]).map(([rule, count]) => `${rule} ${count}`)
  const { worlds, sources, tried, worked, got, missed, said, notTried, walked, wrong, unsure, leftOut } = tally
  return [
    `${worlds} worlds, ${sources} sources`,
    `walker: ${tried} requests, ${worked} of them let, ${got} things got, ${missed} of them not said`,
    `graph: ${said} said, ${notTried} of them not got by the walker, ${unsure} more by pods or unsure`,
    `${walked} paths walked, ${wrong} of them false (${hops.join(', ')}), ${leftOut} left out`,
  ].join('; ')
}

function shuffled<T>(draw: Draw, list: readonly T[]): T[] {
  const left = [...list]
  return list.map(() => left.splice(draw.count(0, left.length - 1), 1)[0] as T)
}

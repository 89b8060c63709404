import type { Mismatch } from './trial.ts'
import type { WorldObject } from './world.ts'

// A world in which the controller never agrees costs seconds a try.
const patience = 120_000

/** The smallest world, by taking away piece after piece for as long as patience lasts, that still shows a mismatch. */
export async function shrinkWorld(
  world: readonly WorldObject[],
  shows: (world: readonly WorldObject[]) => Promise<Mismatch | undefined>,
  first: Mismatch,
): Promise<{ world: readonly WorldObject[]; mismatch: Mismatch }> {
  const end = Date.now() + patience
  let best = { world, mismatch: first }
  for (let progress = true; progress; ) {
    progress = false
    for (let index = 0; ; index++) {
      const candidates = smaller(best.world)
      if (index >= candidates.length || Date.now() > end) break
      const candidate = candidates[index] ?? []
      const mismatch = await shows(candidate)
      if (!mismatch) continue
      best = { world: candidate, mismatch }
      progress = true
      index-- // what stood at this index is gone, and the next piece has its place
    }
  }
  return best
}

// Each world with one piece less: first whole objects, then the entries of their lists, from the outside in.
function smaller(world: readonly WorldObject[]): WorldObject[][] {
  const without = world.map((_, index) => world.filter((__, other) => other !== index))
  const inside = world.flatMap((object, index) =>
    lessOf(object).map((less) => world.map((other, at) => (at === index ? (less as WorldObject) : other))),
  )
  return [...without, ...inside]
}

function lessOf(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const list: unknown[] = value
    return [
      ...list.map((_, index) => list.filter((__, other) => other !== index)),
      ...list.flatMap((entry, index) => lessOf(entry).map((less) => list.with(index, less))),
    ]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) => lessOf(entry).map((less) => ({ ...value, [key]: less })))
}

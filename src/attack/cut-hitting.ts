// Enough for what clusters have; what is beyond is answered greedily, and said so.
const mostBranches = 5_000

/**
 * A set of numbers that has one of each of the sets, and as few as can be; `isSmallest` is false where that took too long to find out.
 * Branch and bound on the parts that have no number in common, after what is forced has been taken.
 */
export function hittingSet(sets: readonly ReadonlySet<number>[]): { chosen: Set<number>; isSmallest: boolean } {
  const chosen = new Set<number>()
  let isSmallest = true
  for (const part of partsOf(reduce(sets, chosen))) {
    const found = smallest(part)
    for (const number of found.chosen) chosen.add(number)
    isSmallest &&= found.isSmallest
  }
  return { chosen, isSmallest }
}

/** Leaves out sets that others imply, and numbers that another does as well as; takes the one number of a set that has no other. */
function reduce(sets: readonly ReadonlySet<number>[], chosen: Set<number>): Set<number>[] {
  let left = [...new Map(sets.map((set) => [[...set].sort((a, b) => a - b).join(), new Set(set)])).values()]
  for (;;) {
    const forced = left.filter(({ size }) => size === 1).flatMap((set) => [...set])
    for (const number of forced) chosen.add(number)
    left = left.filter((set) => set.isDisjointFrom(chosen))
    const least = withoutImplied(left)
    const spared = dominated(least)
    if (spared.size === 0) return least
    left = least.map((set) => set.difference(spared))
  }
}

function withoutImplied(sets: readonly Set<number>[]): Set<number>[] {
  const kept: Set<number>[] = []
  const byNumber = new Map<number, Set<number>[]>()
  for (const set of sets.toSorted((a, b) => a.size - b.size)) {
    const near = [...set].flatMap((number) => byNumber.get(number) ?? [])
    if (near.some((other) => other.isSubsetOf(set))) continue
    kept.push(set)
    // A set that has another in it has the other's first number.
    const [first] = set
    if (first !== undefined) byNumber.set(first, [...(byNumber.get(first) ?? []), set])
  }
  return kept
}

/** The numbers that are in no set but those of some other number, which stays. */
function dominated(sets: readonly Set<number>[]): Set<number> {
  const places = placesOf(sets)
  const found = new Set<number>()
  for (const [number, own] of places) {
    const [first] = own
    for (const other of first === undefined ? [] : (sets[first] ?? [])) {
      const its = places.get(other) ?? own
      if (other === number || found.has(other) || !own.isSubsetOf(its)) continue
      found.add(number)
      break
    }
  }
  return found
}

function placesOf(sets: readonly ReadonlySet<number>[]): Map<number, Set<number>> {
  const places = new Map<number, Set<number>>()
  for (const [place, set] of sets.entries()) {
    for (const number of set) places.set(number, (places.get(number) ?? new Set()).add(place))
  }
  return places
}

/** Sets that share numbers, directly or by others, together. */
function partsOf(sets: readonly Set<number>[]): Set<number>[][] {
  const places = placesOf(sets)
  const seen = new Set<number>()
  return sets.flatMap((_, start) => {
    if (seen.has(start)) return []
    const part = new Set([start])
    for (const place of part)
      for (const number of sets[place] ?? []) for (const near of places.get(number) ?? []) part.add(near)
    for (const place of part) seen.add(place)
    return [[...part].flatMap((place) => sets[place] ?? [])]
  })
}

function smallest(sets: readonly Set<number>[]): { chosen: Set<number>; isSmallest: boolean } {
  let best = greedy(sets)
  let branches = 0
  const branch = (left: readonly Set<number>[], chosen: ReadonlySet<number>) => {
    if (left.length === 0) {
      if (chosen.size < best.size) best = new Set(chosen)
      return
    }
    if (chosen.size + disjoint(left) >= best.size || branches >= mostBranches) return
    branches += 1
    const next = left.reduce((one, other) => (other.size < one.size ? other : one))
    // What was tried before need not be tried beside the next: it is left out of all sets.
    const tried = new Set<number>()
    for (const number of byUse(next, left)) {
      const rest = left.filter((set) => !set.has(number)).map((set) => set.difference(tried))
      if (rest.every(({ size }) => size > 0)) branch(rest, new Set(chosen).add(number))
      tried.add(number)
    }
  }
  branch(sets, new Set())
  return { chosen: best, isSmallest: branches < mostBranches }
}

function greedy(sets: readonly Set<number>[]): Set<number> {
  const chosen = new Set<number>()
  for (let left = sets; left.length > 0; left = left.filter((set) => set.isDisjointFrom(chosen))) {
    const places = placesOf(left)
    const [best] = byUse(new Set(places.keys()), left)
    if (best !== undefined) chosen.add(best)
  }
  return chosen
}

/** How many sets have nothing in common, found one after the other: each needs a number of its own. */
function disjoint(sets: readonly Set<number>[]): number {
  const used = new Set<number>()
  let count = 0
  for (const set of sets.toSorted((a, b) => a.size - b.size)) {
    if (!set.isDisjointFrom(used)) continue
    count += 1
    for (const number of set) used.add(number)
  }
  return count
}

function byUse(numbers: ReadonlySet<number>, sets: readonly Set<number>[]): number[] {
  const uses = new Map([...numbers].map((number) => [number, sets.filter((set) => set.has(number)).length]))
  return [...numbers].sort((a, b) => (uses.get(b) ?? 0) - (uses.get(a) ?? 0) || a - b)
}

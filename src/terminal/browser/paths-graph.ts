import type { PathsData } from './paths-data.ts'

/** Something held; several at once where starts do just the same. */
export type Card = { nodes: number[]; isStart: boolean; isTarget: boolean }
/** A move between cards, on so many paths; without a rule it is from all of a kind to the one that is used. */
export type Pill = {
  rule: number | undefined
  steps: number[]
  from: number[]
  to: number
  paths: number
  /** How many of the hops in it wait, are not sure, are taken away by the cut; and how many there are. */
  waits: number
  unsure: number
  cut: number
  hops: number
}
export type Graph = { cards: Card[]; pills: Pill[] }

/** Runs in the browser: what to draw of some paths, each thing once. Pure. */
export function pathsGraph(data: PathsData) {
  /** Starts that do the same are one card from so many on. */
  const alike = 4

  type Made = { rule?: number; from: number[]; to: number; paths: Set<number>; hops: Set<number> }

  function stepsOf(paths: readonly number[]): Map<number, Made> {
    const made = new Map<number, Made>()
    const add = (id: number, path: number, hop?: number) => {
      const step = data.steps[id]
      if (!step) return
      const its = made.get(id) ?? { ...step, paths: new Set(), hops: new Set() }
      made.set(id, its)
      its.paths.add(path)
      if (hop !== undefined) its.hops.add(hop)
    }
    for (const path of paths) {
      const { hops = [], links = [] } = data.paths[path] ?? {}
      for (const { hop } of hops) add(data.hops[hop]?.step ?? -1, path, hop)
      for (const link of links) add(link, path)
    }
    return made
  }

  /** The node that each stands with: starts that nothing leads to, and whose steps lead alike. */
  function standsWith(starts: Set<number>, ends: Set<number>, made: Map<number, Made>): Map<number, number> {
    const does = new Map<number, string[]>()
    const isLedTo = new Set([...made.values()].map(({ to }) => to))
    for (const { rule, from, to } of made.values())
      for (const node of from) {
        const others = from.map((one) => (one === node ? '' : one))
        const its = does.get(node) ?? []
        does.set(node, its)
        its.push(`${rule} ${to} ${others.join()}`)
      }
    const groups = new Map<string, number[]>()
    for (const node of starts) {
      if (isLedTo.has(node) || ends.has(node)) continue
      const key = (does.get(node) ?? []).sort().join('\n')
      const group = groups.get(key) ?? []
      groups.set(key, group)
      group.push(node)
    }
    const found = new Map<number, number>()
    for (const nodes of groups.values())
      if (nodes.length >= alike) for (const node of nodes) found.set(node, nodes[0] ?? node)
    return found
  }

  return (paths: readonly number[], isEach: boolean): Graph => {
    const made = stepsOf(paths)
    const starts = new Set(paths.map((path) => data.paths[path]?.from ?? -1))
    const ends = new Set(
      paths.map((path) => data.steps[data.hops[data.paths[path]?.hops.at(-1)?.hop ?? -1]?.step ?? -1]?.to ?? -1),
    )
    const merged = isEach ? new Map<number, number>() : standsWith(starts, ends, made)
    const [cards, cardOf] = [[] as Card[], new Map<number, number>()]
    const [pills, known] = [[] as Pill[], new Map<string, number>()]

    function card(node: number): number {
      const lead = merged.get(node) ?? node
      const at = cardOf.get(node) ?? cardOf.get(lead)
      const its = at === undefined ? undefined : cards[at]
      if (at !== undefined && its) {
        if (!cardOf.has(node)) its.nodes.push(node)
        cardOf.set(node, at)
        return at
      }
      cardOf.set(lead, cards.length)
      cardOf.set(node, cards.length)
      return cards.push({ nodes: [node], isStart: starts.has(node), isTarget: ends.has(node) }) - 1
    }

    for (const node of starts) card(node)
    for (const [id, { rule, from, to, paths: on, hops }] of made) {
      const ends = { from: [...new Set(from.map(card))], to: card(to) }
      const key = JSON.stringify([rule ?? 'link', ends])
      const at = known.get(key) ?? pills.length
      const pill = pills[at] ?? { rule, steps: [], ...ends, paths: 0, waits: 0, unsure: 0, cut: 0, hops: 0 }
      pills[at] = pill
      known.set(key, at)
      pill.steps.push(id)
      pill.paths += on.size
      for (const hop of hops) {
        const { waits = false, unsure = false, isCut = false } = data.hops[hop] ?? {}
        pill.hops += 1
        pill.waits += Number(waits)
        pill.unsure += Number(unsure)
        pill.cut += Number(isCut)
      }
    }
    return { cards, pills }
  }
}

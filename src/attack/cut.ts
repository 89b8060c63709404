import type { Binding } from '../snapshot/objects.ts'
import { stepsByBinding } from './cut-grants.ts'
import { hittingSet } from './cut-hitting.ts'
import { type CutQuestion, type LeftWay, type Scene, sceneWithout, waysLeft } from './cut-scene.ts'
import type { Removal } from './cut-world.ts'

export type CutAnswer = {
  removal: Removal
  /** Whether no removal from fewer bindings does. */
  isSmallest: boolean
  /** Whose ways each binding is on. */
  breaks: Map<Binding, Set<string>>
  /** Of each source with a way that no binding is on which may be cut, that way. */
  uncuttable: LeftWay[]
}

/**
 * The fewest bindings to take something away from so that no source has a way left. By implicit hitting sets: ways are looked for with the bindings
 * of the last answer gone, and the next must have one of each way's, until there are none. Each time the last look is at the world without
 * them, built anew: what then takes their place is seen there.
 */
export function cut(question: CutQuestion): CutAnswer {
  const found = new Found()
  const whole: Scene = { searched: question.whole, original: new Map() }
  const stepsOf = stepsByBinding(whole.searched)
  for (;;) {
    const removal: Removal = new Map(found.chosen().map((binding) => [binding, question.cuttable(binding)]))
    const blocked = new Set([...removal].flatMap(([binding, keys]) => stepsOf(binding, keys)))
    if (found.add(waysLeft(question, whole, found.uncuttable, blocked))) continue
    const left = waysLeft(question, sceneWithout(question, removal), found.uncuttable)
    if (found.add(left)) continue
    const { breaks, isSmallest } = found
    const narrow = narrowed(question, removal, found)
    return { removal: narrow, isSmallest, breaks, uncuttable: [...found.uncuttable.values()] }
  }
}

/** What has been found of ways, and the smallest answer to it. */
class Found {
  readonly breaks = new Map<Binding, Set<string>>()
  readonly entries = new Map<Binding, Set<string>>()
  readonly uncuttable = new Map<string, LeftWay>()
  readonly #numbers = new Map<Binding, number>()
  readonly #sets: { text: string; set: Set<number> }[] = []
  #chosen = new Set<number>()
  isSmallest = true

  /** The bindings of the answer. */
  chosen(): Binding[] {
    return [...this.#numbers].filter(([, number]) => this.#chosen.has(number)).map(([binding]) => binding)
  }

  /** Takes ways in; whether there is anything new in them. */
  add(ways: readonly LeftWay[]): boolean {
    const isNew = ways.map((way) => this.#note(way)).includes(true)
    if (isNew) {
      // For who has a way that nothing breaks, breaking others is no use.
      const sets = this.#sets.filter(({ text }) => !this.uncuttable.has(text)).map(({ set }) => set)
      ;({ chosen: this.#chosen, isSmallest: this.isSmallest } = hittingSet(sets))
    }
    return isNew
  }

  #note(way: LeftWay): boolean {
    if (way.used.size === 0) {
      this.uncuttable.set(way.text, way)
      return true
    }
    for (const [binding, keys] of way.used) {
      if (!this.#numbers.has(binding)) this.#numbers.set(binding, this.#numbers.size)
      this.entries.set(binding, (this.entries.get(binding) ?? new Set<string>()).union(keys))
      this.breaks.set(binding, (this.breaks.get(binding) ?? new Set()).add(way.text))
    }
    const set = new Set([...way.used.keys()].map((binding) => this.#numbers.get(binding) ?? 0))
    this.#sets.push({ text: way.text, set })
    return set.isDisjointFrom(this.#chosen)
  }
}

/** Of each binding the one subject that the ways are by, where it takes no more than that; tried on the world without it. */
function narrowed(question: CutQuestion, removal: Removal, { entries, uncuttable }: Found): Removal {
  const narrow: Removal = new Map(removal)
  for (const [binding, keys] of removal) {
    const seen = entries.get(binding)
    if (seen?.size === 1 && keys.size > 1) narrow.set(binding, seen)
  }
  for (;;) {
    const changed = [...narrow].filter(([binding, keys]) => keys !== removal.get(binding))
    if (changed.length === 0) return narrow
    const back = waysLeft(question, sceneWithout(question, narrow), uncuttable).flatMap(({ used }) => [...used.keys()])
    const wrong = changed.filter(([binding]) => back.includes(binding))
    if (back.length === 0) return narrow
    for (const [binding] of wrong.length > 0 ? wrong : changed) narrow.set(binding, removal.get(binding) ?? new Set())
  }
}

/** What is to be looked at, cheapest first; of equal cost the lowest id, so that every search of a graph goes the same way. A binary heap. */
export class Queue {
  readonly #costs: number[] = []
  readonly #ids: number[] = []

  push(cost: number, id: number): void {
    let place = this.#ids.length
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#comesBefore(cost, id, parent)) break
      this.#move(parent, place)
      place = parent
    }
    this.#costs[place] = cost
    this.#ids[place] = id
  }

  /** The first and its cost, taken out; undefined where there is none. */
  pop(): { cost: number; id: number } | undefined {
    const [cost, id] = [this.#costs[0], this.#ids[0]]
    const [lastCost, lastId] = [this.#costs.pop(), this.#ids.pop()]
    if (cost === undefined || id === undefined || lastCost === undefined || lastId === undefined) return undefined
    const size = this.#ids.length
    if (size === 0) return { cost, id }
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && this.#comesBefore(this.#costs[child + 1] ?? 0, this.#ids[child + 1] ?? 0, child))
        child += 1
      if (this.#comesBefore(lastCost, lastId, child)) break
      this.#move(child, place)
      place = child
    }
    this.#costs[place] = lastCost
    this.#ids[place] = lastId
    return { cost, id }
  }

  #comesBefore(cost: number, id: number, place: number): boolean {
    const other = this.#costs[place] ?? 0
    return cost < other || (cost === other && id < (this.#ids[place] ?? 0))
  }

  #move(from: number, to: number): void {
    this.#costs[to] = this.#costs[from] ?? 0
    this.#ids[to] = this.#ids[from] ?? 0
  }
}

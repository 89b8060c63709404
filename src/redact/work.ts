/** A text that takes more steps than its length allows for: whoever wrote it wanted that. */
export class TooMuchWork extends Error {}

/** Counts the steps that rules take, so that hostile text cannot make them many: it is a bound, and what a test measures. */
export class Work {
  steps = 0
  #limit = Infinity

  /** Lets so many more be taken for a text of that length. */
  allow(length: number): void {
    this.#limit = this.steps + 1_000_000 + length * 1000
  }

  /** Throws TooMuchWork. */
  spend(steps: number): void {
    this.steps += steps
    if (this.steps > this.#limit) throw new TooMuchWork('it takes too many steps to read')
  }
}

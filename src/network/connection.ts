import type { FlowVerdict } from './flow-verdict.ts'
import type { FlowStretch } from './stretches.ts'

/**
 * What holds between two groups, port by port. Equal answers are one object, so that they can be told by identity, and
 * ports are only gone through where somebody looks.
 */
export class Connection {
  /** The answer for all traffic, where it is one. */
  readonly uniform: FlowVerdict | undefined
  readonly #make: () => FlowStretch[]
  #made: FlowStretch[] | undefined

  constructor(uniform: FlowVerdict | undefined, make: () => FlowStretch[]) {
    this.uniform = uniform
    this.#make = make
  }

  get stretches(): readonly FlowStretch[] {
    return (this.#made ??= this.#make())
  }
}

import { hopsIn } from '../attack/search-graph.ts'
import type { Reached, Severity } from './finding.ts'
import { isWorse } from './severity.ts'

/** The worst that a step leads to, small enough to be kept for each finding. */
export type Lead = {
  /** `part`: nothing by itself, but what a way needs. */
  what: Reached['what'] | 'part'
  hops: number
  waits: boolean
  unsure: boolean
  step: number
  /** The whole way, where several rights join on it. */
  joined?: number[]
}

/** For somebody named, how bad that is. */
export type Led = Lead & { severity: Severity }

const waitingBits = 0x3ff

/** What a cost says of a way. */
export function leadOfCost(step: number, what: Lead['what'], cost: number): Lead {
  return {
    step,
    what,
    hops: Math.max(hopsIn(cost), 1),
    waits: ((cost >> 10) & waitingBits) > 0,
    unsure: (cost & waitingBits) > 0,
  }
}

/** The worse of two; of equal ones the shorter. */
export function worse(one: Led, other: Led): Led {
  if (one.severity === other.severity) return other.hops < one.hops ? other : one
  return isWorse(other.severity, one.severity) ? other : one
}

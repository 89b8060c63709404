import type { Json } from '../../../../src/bundle/entry.ts'
import { type BundleClocks, clocksOf } from '../../../../src/evidence/timeline/clocks.ts'
import type { Around, Found } from '../../../../src/evidence/timeline/row.ts'
import { head } from '../../bundle/cases.ts'

/** The clocks of a bundle whose custody has these documents. */
export function clocksFrom(...documents: Json[]): BundleClocks {
  const names = new Map(documents.map((one, index) => [index === 0 ? 'clock' : `clock-${index + 1}`, one]))
  return clocksOf({ head, document: (name) => names.get(name) })
}

export const clock = (low: number, high: number, nodes: Record<string, [number, number]> = {}, agree = true): Json => ({
  samples: 3,
  agree,
  serverAheadMs: { atLeast: low, atMost: high },
  nodes: {
    nodes: Object.entries(nodes).map(([node, [atLeast, atMost]]) => ({
      node,
      renewals: 1,
      aheadMs: { atLeast, atMost },
    })),
  },
})

export const around = (clocks = clocksFrom(clock(-50, 50, { node1: [420_000, 420_600] }))): Around => ({
  clocks,
  file: 'raw/x.json',
  line: 1,
})

/** Of rows what most tests look at. */
export const told = (found: Iterable<Found>) =>
  [...found].map(({ row: { time, source, by, what } }) => [time, source, by, what])

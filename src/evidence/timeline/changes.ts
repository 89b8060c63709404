import type { Facts } from '../../bundle/entry.ts'
import type { Bundle } from '../../bundle/read.ts'
import type { BundleClocks } from './clocks.ts'
import { operatorOf } from './own-requests.ts'
import { type Found, rowOf, timeOr } from './row.ts'

/** What collecting a bundle changed in the cluster, as its journal has it. */
export async function* alterationRows(bundle: Bundle, clocks: BundleClocks, file: string): AsyncGenerator<Found> {
  for await (const { alteration, at, seq, hash } of bundle.entries('alteration')) {
    const { what, namespace, name, user } = alteration
    const row = rowOf(timeOr(alteration['at']) ?? at, clocks.ours, {
      kind: 'change',
      own: true,
      by: typeof user === 'string' ? user : (operatorOf(bundle.head) ?? ''),
      what: typeof what === 'string' ? what : textOf(alteration),
      ...(typeof namespace === 'string' && { namespace }),
      ...(typeof name === 'string' && { name }),
      at: [{ file, line: seq }],
    })
    yield { row, of: hash }
  }
}

function textOf(facts: Facts): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}

import { readBundle } from '../bundle/read.ts'
import { diffBundles } from '../evidence/diff/diff-bundles.ts'
import type { EvidenceDiffReport, Unknown } from '../evidence/diff/report.ts'
import { note, warnOfGaps } from '../terminal/messages.ts'
import { startProgress } from '../terminal/progress.ts'
import { identityText } from './evidence-flags.ts'

/** Compares two bundles, with its progress on standard error. Throws SecureError. */
export async function diffEvidence(
  before: string,
  after: string,
  identity: string | undefined,
): Promise<EvidenceDiffReport> {
  const options = { identity: await identityText(identity) }
  const progress = startProgress('comparing')
  try {
    const [one, other] = [await readBundle(before, options), await readBundle(after, options)]
    return await diffBundles({ path: before, bundle: one }, { path: after, bundle: other })
  } finally {
    progress.stop()
  }
}

/** Says what could not be compared, on standard error. */
export function sayUnknown({ unknown, notes }: EvidenceDiffReport, format: string): void {
  if (format !== 'json' && format !== 'yaml') for (const line of notes) note(line)
  warnOfGaps(unknown.map(gapOf), '-o json lists them all')
}

function gapOf({ group, resource, in: side, why, objects }: Unknown) {
  const [what, other] = [`${resource}${group === '' ? '' : `.${group}`}`, side === 'before' ? 'after' : 'before']
  const hides =
    objects === 0 ? 'what came or went of it' : `whether ${objects} of it that are there ${other} came or went`
  return { what: `${what} ${side}`, why, hides }
}

import type { Bundle } from '../../bundle/read.ts'
import { SecureError } from '../../errors.ts'
import { apiVersion } from '../../snapshot/snapshot.ts'
import { bundleSide } from './bundle-side.ts'
import { differences } from './differences.ts'
import type { BundleRef, EvidenceDiffReport } from './report.ts'

type Named = { path: string; bundle: Bundle }

/**
 * What changed in a cluster from one bundle to another. Throws SecureError: `usage` where they are of two clusters, or what is read of one is not
 * as it was recorded (Damage).
 */
export async function diffBundles(before: Named, after: Named): Promise<EvidenceDiffReport> {
  const [was, is] = [refOf(before), refOf(after)]
  if (was.cluster !== undefined && is.cluster !== undefined && was.cluster !== is.cluster)
    throw new SecureError('usage', `${was.path} and ${is.path} are of two clusters (${was.cluster}, ${is.cluster})`, {
      hint: 'A cluster is known by the uid of its namespace kube-system.',
    })
  const { unknown, rights, changes, notes } = await differences(
    await bundleSide(before.bundle),
    await bundleSide(after.bundle),
  )
  if (was.cluster === undefined || is.cluster === undefined)
    notes.unshift('nothing in the bundles tells whether they are of one cluster: namespace kube-system was not read')
  if (was.taken > is.taken)
    notes.unshift(`${was.path} was begun after ${is.path}: what reads as added was there before`)
  const complete = unknown.length === 0
  return { apiVersion, kind: 'EvidenceDiffReport', before: was, after: is, complete, notes, unknown, rights, changes }
}

function refOf({ path, bundle: { head, journalHead } }: Named): BundleRef {
  const { id } = (head['cluster'] ?? {}) as { id?: unknown }
  const cluster = typeof id === 'string' ? { cluster: id } : {}
  return { path, case: head.id, taken: new Date(head.created).toISOString(), journalHead, ...cluster }
}

import type { Cluster } from '../../cluster/cluster.ts'
import { list } from '../../cluster/list.ts'
import { collectionPath } from '../../cluster/object-path.ts'
import { type Plan, planLabel } from '../plan.ts'
import { parseRecord, recordRef, recordType } from './record.ts'
import { own } from './shape.ts'

export type Records = {
  plans: Plan[]
  /** Secrets that say they are records and are not. Hostile text. */
  problems: { name: string; why: string }[]
}

// Each may be a megabyte, and anyone who can make Secrets there can make many.
const pageSize = 50
const maxRecords = 2000

/**
 * The records in the cluster, which may be made up: see {@link trusted}. Throws SecureError where they cannot be listed. A namespace that is
 * not there has none.
 */
export async function listRecords(cluster: Cluster, stateNamespace: string): Promise<Records> {
  const path = collectionPath(recordRef('', stateNamespace))
  const selectors = new URLSearchParams({ labelSelector: planLabel, fieldSelector: `type=${recordType}` })
  // The list starts anew when it expires half-way, so what was read is known by its uid.
  const plans = new Map<string, Plan>()
  const problems = new Map<string, Records['problems'][number]>()
  const keep = (secret: Record<string, unknown>): void => {
    const metadata = own(secret, 'metadata')
    const [name, uid] = [String(own(metadata, 'name')), String(own(metadata, 'uid'))]
    if (plans.size + problems.size >= maxRecords) {
      problems.set('more', {
        name,
        why: `there are more than ${maxRecords} records: this one and others were not read`,
      })
      return
    }
    const found = parseRecord(secret)
    if ('problem' in found) problems.set(uid, { name, why: found.problem })
    else plans.set(uid, found.plan)
  }
  await list(cluster, `${path}?${selectors.toString()}`, keep, { limit: pageSize, kind: 'SecretList' })
  return { plans: [...plans.values()], problems: [...problems.values()] }
}

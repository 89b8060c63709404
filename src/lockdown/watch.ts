import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { collectionPath } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import type { Raw } from '../isolation/raw.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Denial } from './report.ts'
import { deniedBy, podsStand, type Standing } from './watch-judge.ts'

export type WatchOptions = {
  forMs: number
  /** How pods stood before the lockdown. */
  before: Standing
  /** When it began: older events are not its doing. */
  since: Date
  onDenial: (denial: Denial) => void
  everyMs?: number
}

/**
 * Looks at pods and events of the namespaces for a while, and says what is not as it was before: each thing once. What cannot be read is a
 * gap. Throws SecureError `interrupted` alone.
 */
export async function watchDenials(
  cluster: Cluster,
  namespaces: readonly string[],
  { forMs, before, since, onDenial, everyMs = 3000 }: WatchOptions,
): Promise<{ denials: Denial[]; gaps: Gap[] }> {
  const found = new Map<string, Denial>()
  const gaps = new Map<string, Gap>()
  const read = async (namespace: string, resource: string): Promise<Raw[]> => {
    const path = collectionPath({ apiVersion: 'v1', resource, namespace })
    try {
      return (await list(cluster, path, (raw) => raw)).items
    } catch (error) {
      if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
      const what = `list ${resource} in ${namespace}`
      gaps.set(what, { what, resource, namespace, why: error.message, hides: 'what broke after the lockdown' })
      return []
    }
  }
  const end = Date.now() + forMs
  for (;;) {
    for (const namespace of namespaces) {
      const [pods, events] = await Promise.all([read(namespace, 'pods'), read(namespace, 'events')])
      for (const denial of deniedBy(before, podsStand(pods), events, since)) {
        const key = JSON.stringify([denial.what, denial.of, denial.what === 'refused' ? denial.text : ''])
        if (found.has(key)) continue
        found.set(key, denial)
        onDenial(denial)
      }
    }
    const left = end - Date.now()
    if (left <= 0) return { denials: [...found.values()], gaps: [...gaps.values()] }
    await sleep(Math.min(everyMs, left))
  }
}

import { groupOf } from '../cluster/object-path.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Beside } from './from-files.ts'
import { manifestObjects } from './manifest-objects.ts'
import { Malformed, orMalformed } from './reader.ts'
import type { Gap } from './snapshot.ts'
import { draftOf } from './state-draft.ts'
import { kindsOfState } from './state-kinds.ts'

const kinds = new Map(kindsOfState.map((kind) => [`${kind.group}/${kind.kind}`, kind]))

/** The state that manifests make, read by the side of RBAC in one reading of the files (snapshotFromFiles). */
export function stateBeside(): Beside & { state(): ClusterState } {
  const gaps: Gap[] = []
  const draft = draftOf(gaps)
  const seen = new Map<string, { where: string; decoded: unknown }>()
  return {
    isRead: (kind) => kinds.has(kind),
    add(raw, where) {
      const group = groupOf(String(raw['apiVersion']))
      draft.state.groups.add(group)
      const kind = kinds.get(`${group}/${String(raw['kind'])}`)
      if (!kind) return
      const decoded: unknown = orMalformed(`/${kind.resource}`, kind.decode, kind.hides)(raw)
      if (decoded instanceof Malformed) {
        const why = decoded.gap.why.slice(decoded.gap.why.indexOf(': ') + 2)
        gaps.push({ ...decoded.gap, what: where, why: `${kind.kind}: ${why}` })
        return
      }
      const { namespace, name } = (raw['metadata'] ?? {}) as { namespace?: unknown; name?: unknown }
      const key = JSON.stringify([kind.kind, namespace || 'default', name])
      const earlier = seen.get(key)
      if (!earlier) {
        seen.set(key, { where, decoded })
        kind.add(draft, decoded)
      } else if (JSON.stringify(earlier.decoded) !== JSON.stringify(decoded)) {
        const why = `${kind.kind} ${String(name)} stands at ${earlier.where} with another content; the first is used`
        gaps.push({ what: where, resource: kind.resource, why, hides: kind.hides })
      }
    },
    state: () => draft.finish(),
  }
}

/** The state that manifests make. Throws SecureError where a path cannot be used at all; what is malformed is a gap. */
export async function stateFromFiles(paths: string[]): Promise<ClusterState> {
  const beside = stateBeside()
  const unread: Gap[] = []
  const reading = {
    isRead: beside.isRead,
    addGap: (what: string, why: string) => unread.push({ what, why, hides: 'whatever that document makes possible' }),
  }
  for await (const { raw, where } of manifestObjects(paths, reading)) beside.add(raw, where)
  const state = beside.state()
  state.gaps.push(...unread)
  return state
}

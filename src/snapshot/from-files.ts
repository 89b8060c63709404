import { decodeCustomResource } from './custom-resource.ts'
import { decodeBinding, decodeNamespace, decodePod, decodeRole, decodeServiceAccount, ShapeError } from './decode.ts'
import { groupOf } from '../cluster/object-path.ts'
import { manifestObjects } from './manifest-objects.ts'
import { emptySnapshot, type Gap, type Snapshot } from './snapshot.ts'

type Raw = Record<string, unknown>
/** What was read already, by kind, namespace and name. */
type Seen = Map<string, { where: string; object: object }>

/** Who reads the same objects for something else: files are read once. */
export type Beside = {
  /** Whether it reads a kind (`GROUP/Kind`). */
  isRead(kind: string): boolean
  /** Gets each object of any kind; `where` names file, document and line. */
  add(raw: Raw, where: string): void
}

/**
 * The snapshot that files of manifests make: YAML or JSON, many documents, List kinds. What is malformed is a gap
 * that names file, document and line; the rest still counts. Throws SecureError where a path cannot be used at all.
 */
export async function snapshotFromFiles(paths: string[], beside?: Beside): Promise<Snapshot> {
  const snapshot = emptySnapshot({ kind: 'files', paths })
  const seen: Seen = new Map()
  const reading = {
    isRead: (kind: string) => Object.hasOwn(decoders, kind) || beside?.isRead(kind) === true,
    addGap: (where: string, why: string) => snapshot.gaps.push(fileGap(where, why)),
  }
  for await (const { raw, where } of manifestObjects(paths, reading)) {
    addObject(snapshot, raw, where, seen)
    beside?.add(raw, where)
  }
  return snapshot
}

function addObject(snapshot: Snapshot, raw: Raw, where: string, seen: Seen): void {
  const entry = decoders[`${groupOf(String(raw['apiVersion']))}/${String(raw['kind'])}`]
  if (!entry) return
  try {
    const object = entry.decode(raw)
    const { namespace, name } = object as { namespace?: string; name?: string }
    const key = `${String(raw['kind'])} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`
    const earlier = name === undefined ? undefined : seen.get(key)
    if (!earlier) {
      entry.add(snapshot, object)
      seen.set(key, { where, object })
    } else if (contentOf(earlier.object) !== contentOf(object)) {
      snapshot.gaps.push(fileGap(where, `${key} stands at ${earlier.where} with another content; the first is used`))
    }
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    const name =
      isRecord(raw['metadata']) && typeof raw['metadata']['name'] === 'string' ? ` ${raw['metadata']['name']}` : ''
    snapshot.gaps.push(fileGap(where, `${String(raw['kind'])}${name}: ${error.message}`))
  }
}

const rbac = 'rbac.authorization.k8s.io'

// oxlint-disable-next-line typescript/no-explicit-any -- each entry's decode and add agree with each other
type Entry = { decode: (raw: Raw) => any; add: (snapshot: Snapshot, object: any) => void }

function entry<T extends object>(decode: (raw: Raw) => T, list: (snapshot: Snapshot) => T[]): Entry {
  return { decode, add: (snapshot, object: T) => list(snapshot).push(object) }
}

const decoders: Record<string, Entry> = {
  [`${rbac}/ClusterRole`]: entry(
    (raw) => decodeRole(raw, 'ClusterRole'),
    (snapshot) => snapshot.clusterRoles,
  ),
  [`${rbac}/Role`]: entry(
    (raw) => decodeRole(raw, 'Role'),
    (snapshot) => snapshot.roles,
  ),
  [`${rbac}/ClusterRoleBinding`]: entry(
    (raw) => decodeBinding(raw, 'ClusterRoleBinding'),
    (snapshot) => snapshot.clusterRoleBindings,
  ),
  [`${rbac}/RoleBinding`]: entry(
    (raw) => decodeBinding(raw, 'RoleBinding'),
    (snapshot) => snapshot.roleBindings,
  ),
  '/ServiceAccount': entry(decodeServiceAccount, (snapshot) => snapshot.serviceAccounts),
  '/Pod': entry(decodePod, (snapshot) => snapshot.pods),
  '/Namespace': entry(decodeNamespace, (snapshot) => snapshot.namespaces),
  'apiextensions.k8s.io/CustomResourceDefinition': entry(decodeCustomResource, (snapshot) => snapshot.customResources),
}

// Two dumps of one object differ in resourceVersion without differing in what they grant.
function contentOf(object: object): string {
  return JSON.stringify({ ...object, uid: undefined, resourceVersion: undefined })
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fileGap(where: string, why: string): Gap {
  return { what: where, why, hides: 'whatever that document grants' }
}

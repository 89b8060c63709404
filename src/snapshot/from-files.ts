import { readDocuments } from './documents.ts'
import { decodeCustomResource } from './custom-resource.ts'
import { decodeBinding, decodeNamespace, decodePod, decodeRole, decodeServiceAccount, ShapeError } from './decode.ts'
import { manifestFiles, readManifest } from './manifest-files.ts'
import { emptySnapshot, type Gap, type Snapshot } from './snapshot.ts'

type Raw = Record<string, unknown>
/** What was read already, by kind, namespace and name. */
type Seen = Map<string, { where: string; object: object }>

/**
 * The snapshot that files of manifests make: YAML or JSON, many documents, List kinds. What is malformed is a gap
 * that names file, document and line; the rest still counts. Throws SecureError where a path cannot be used at all.
 */
export async function snapshotFromFiles(paths: string[]): Promise<Snapshot> {
  const snapshot = emptySnapshot({ kind: 'files', paths })
  const seen: Seen = new Map()
  for (const path of paths) {
    const { files, closed } = await manifestFiles(path)
    for (const { path: directory, why } of closed) {
      snapshot.gaps.push({ what: directory, why, hides: 'whatever the manifests in it grant' })
    }
    for (const file of files) await readFileInto(snapshot, file, seen)
  }
  return snapshot
}

async function readFileInto(snapshot: Snapshot, file: string, seen: Seen) {
  const addGap = (where: string, why: string) => snapshot.gaps.push(fileGap(where, why))
  let text: string
  try {
    text = await readManifest(file)
  } catch (error) {
    addGap(file, error instanceof Error ? error.message : String(error))
    return
  }
  for (const { number, line, value, error } of await readDocuments(text)) {
    const where = `${file}: document ${number}, line ${line}`
    if (error !== undefined) addGap(where, error)
    else
      for (const object of flatten(value, where, addGap, new Set())) addObject(snapshot, object.raw, object.where, seen)
  }
}

// Lists within lists are kubectl's to read too, but nobody writes more than a few.
const maxLists = 20

/**
 * A List holds objects; a typed list (`RoleList`, as the API answers) holds objects that leave out their own kind.
 * What YAML aliases put into a document many times counts once: it is the same object, and a bomb would never end.
 */
function flatten(
  value: unknown,
  where: string,
  addGap: (where: string, why: string) => void,
  met: Set<unknown>,
  depth = 0,
): { raw: Raw; where: string }[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || Array.isArray(value)) {
    addGap(where, 'not a Kubernetes object')
    return []
  }
  const raw = value as Raw
  if (met.has(value)) {
    if ('items' in raw)
      addGap(where, 'a list that a YAML alias puts here again: kubectl may refuse it; it is read once')
    return []
  }
  met.add(value)
  const { kind, apiVersion, items } = raw
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    addGap(where, `no ${typeof kind === 'string' ? 'apiVersion' : 'kind'}: not a Kubernetes object`)
    return []
  }
  // `AllowList` may be any custom kind: lists are List itself and those of the kinds that are read here.
  const itemKind = kind.endsWith('List') ? kind.slice(0, -'List'.length) : undefined
  const isList = itemKind !== undefined && (itemKind === '' || `${groupOf(apiVersion)}/${itemKind}` in decoders)
  if (!isList) return [{ raw, where }]
  if (items !== null && !Array.isArray(items)) {
    addGap(where, `${kind}: items must be a list`)
    return []
  }
  if (depth === maxLists) {
    addGap(where, `lists within lists, more than ${maxLists} deep`)
    return []
  }
  return (items ?? []).flatMap((item: unknown, index) => {
    const typed = itemKind !== '' && isRecord(item) ? { kind: itemKind, apiVersion, ...item } : item
    return flatten(typed, `${where}, items[${index}]`, addGap, met, depth + 1)
  })
}

function addObject(snapshot: Snapshot, raw: Raw, where: string, seen: Seen): void {
  const entry = decoders[`${groupOf(raw['apiVersion'])}/${String(raw['kind'])}`]
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

function groupOf(apiVersion: unknown): string {
  const text = String(apiVersion)
  return text.includes('/') ? text.slice(0, text.indexOf('/')) : ''
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fileGap(where: string, why: string): Gap {
  return { what: where, why, hides: 'whatever that document grants' }
}

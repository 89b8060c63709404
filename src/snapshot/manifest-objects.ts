import { groupOf } from '../cluster/object-path.ts'
import { readDocuments } from './documents.ts'
import { type JsonList, jsonList } from './json-list.ts'
import { manifestFiles, readManifest, textOfManifest } from './manifest-files.ts'

type Raw = Record<string, unknown>

/** An object of a manifest, and where it stands: file, document, line. */
export type ManifestObject = { raw: Raw; where: string }

export type Reading = {
  /** Whether a kind (`GROUP/Kind`, the core group empty) is one the caller reads: a typed list of others is left alone. */
  isRead: (kind: string) => boolean
  addGap: (where: string, why: string) => void
}

/**
 * The objects of files of manifests: YAML or JSON, many documents, List kinds. What is malformed is a gap that names file,
 * document and line; the rest still counts. Throws SecureError where a path cannot be used at all.
 */
export async function* manifestObjects(paths: string[], reading: Reading): AsyncGenerator<ManifestObject> {
  for (const path of paths) {
    const { files, closed } = await manifestFiles(path)
    for (const { path: directory, why } of closed) reading.addGap(directory, why)
    for (const file of files) yield* objectsOf(file, reading)
  }
}

async function* objectsOf(file: string, reading: Reading): AsyncGenerator<ManifestObject> {
  const bytes = await orGap(file, reading, () => readManifest(file))
  if (!bytes) return
  const list = jsonList(bytes)
  const kind = list && listKindOf(list.head, reading)
  let read = 0
  if (list && kind !== undefined) {
    const gaps: Parameters<Reading['addGap']>[] = []
    const addGap = (...gap: (typeof gaps)[number]) => void gaps.push(gap)
    try {
      for (const object of itemsOf(list, kind, `${file}: document 1, line 1`, { ...reading, addGap })) {
        yield object
        read += 1
      }
      for (const gap of gaps) reading.addGap(...gap)
      return
    } catch (error) {
      // An item is no JSON: what follows may be YAML, and else is told of by its line.
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  const text = await orGap(file, reading, () => textOfManifest(bytes))
  for (const { number, line, value, error } of text === undefined ? [] : await readDocuments(text)) {
    const where = `${file}: document ${number}, line ${line}`
    if (error !== undefined) reading.addGap(where, error)
    else yield* flatten(value, where, reading, new Set()).slice(read)
  }
}

async function orGap<T>(file: string, { addGap }: Reading, read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    addGap(file, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function* itemsOf({ head, items }: JsonList, kind: string, where: string, reading: Reading): Generator<ManifestObject> {
  let index = 0
  for (const item of items()) {
    yield* flatten(typed(item, kind, head), `${where}, items[${index}]`, reading, new Set(), 1)
    index += 1
  }
}

// Lists within lists are kubectl's to read too, but nobody writes more than a few.
const maxLists = 20

/**
 * A List holds objects; a typed list (`RoleList`, as the API answers) holds objects that leave out their own kind.
 * What YAML aliases put into a document many times counts once: it is the same object, and a bomb would never end.
 */
function flatten(value: unknown, where: string, reading: Reading, met: Set<unknown>, depth = 0): ManifestObject[] {
  const { addGap } = reading
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
  const itemKind = listKindOf(raw, reading)
  if (itemKind === undefined) return [{ raw, where }]
  if (items !== null && !Array.isArray(items)) {
    addGap(where, `${kind}: items must be a list`)
    return []
  }
  if (depth === maxLists) {
    addGap(where, `lists within lists, more than ${maxLists} deep`)
    return []
  }
  return (items ?? []).flatMap((item: unknown, index) =>
    flatten(typed(item, itemKind, raw), `${where}, items[${index}]`, reading, met, depth + 1),
  )
}

/**
 * The kind of what a list holds, empty where each says its own; undefined of what is no list. `AllowList` may be any custom kind: lists are List itself
 * and those of the kinds that are read here.
 */
function listKindOf({ kind, apiVersion }: Raw, { isRead }: Reading): string | undefined {
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || !kind.endsWith('List')) return undefined
  const itemKind = kind.slice(0, -'List'.length)
  return itemKind === '' || isRead(`${groupOf(apiVersion)}/${itemKind}`) ? itemKind : undefined
}

function typed(item: unknown, kind: string, { apiVersion }: Raw): unknown {
  return kind !== '' && isRecord(item) ? { kind, apiVersion, ...item } : item
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

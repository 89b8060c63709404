import type { Json } from '../../bundle/entry.ts'
import type { Fields } from './meaning.ts'
import type { FieldChange, Step } from './report.ts'

type Item = { [key: string]: string | number }
type Naming = { needs: string; and: readonly string[] }

// By which fields the items of a list are told apart: those of the API's own list maps (x-kubernetes-list-map-keys), or a name.
const namings: Record<string, readonly Naming[]> = {
  subjects: [{ needs: 'name', and: ['kind', 'apiGroup', 'namespace'] }],
  conditions: [{ needs: 'type', and: [] }],
  ownerReferences: [{ needs: 'uid', and: [] }],
  taints: [{ needs: 'key', and: ['effect'] }],
  volumeMounts: [{ needs: 'mountPath', and: [] }],
  ports: [
    { needs: 'containerPort', and: ['protocol'] },
    { needs: 'port', and: ['protocol'] },
  ],
}
const byName: readonly Naming[] = [{ needs: 'name', and: [] }]

/**
 * How two values differ, field by field. Items of lists that have names are told apart by them, and a list is changed as a whole only where they
 * have none. Applying all of it to `before` gives `after`; the other way round it is the same with the sides changed.
 */
export function fieldChanges(before: Json, after: Json): FieldChange[] {
  const found: FieldChange[] = []
  compare(before, after, [], found)
  return found
}

function compare(before: Json, after: Json, path: Step[], found: FieldChange[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, found)
  else if (isFields(before) && isFields(after)) compareFields(before, after, path, found)
  else if (before !== after) found.push({ path, before, after })
}

function compareFields(before: Fields, after: Fields, path: Step[], found: FieldChange[]): void {
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted(byCodeUnit)) {
    one([...path, key], at(before, key), at(after, key), found)
  }
}

function compareLists(before: Json[], after: Json[], path: Step[], found: FieldChange[]): void {
  if (isSame(before, after)) return
  const last = path.at(-1)
  const naming = (typeof last === 'string' && Object.hasOwn(namings, last) && namings[last]) || byName
  for (const one of naming) {
    const [were, are] = [named(before, one), named(after, one)]
    if (were && are) return compareNamed(were, are, path, found)
  }
  found.push({ path, before, after })
}

type Named = Map<string, { item: Item; value: Json }>

function compareNamed(were: Named, are: Named, path: Step[], found: FieldChange[]): void {
  const keys = [...new Set([...were.keys(), ...are.keys()])]
  for (const key of keys) {
    const [was, is] = [were.get(key), are.get(key)]
    one([...path, (was ?? is)?.item ?? {}], was?.value, is?.value, found)
  }
  // What is new or gone stands at the end, mostly: then nothing is said of the order.
  const common = keys.filter((key) => were.has(key) && are.has(key)).length
  if (isSame([...were.keys()].slice(0, common), [...are.keys()].slice(0, common))) return
  const items = (side: Named) => [...side.values()].map(({ item }) => item)
  found.push({ path, before: items(were), after: items(are), order: true })
}

function one(path: Step[], before: Json | undefined, after: Json | undefined, found: FieldChange[]): void {
  if (before !== undefined && after !== undefined) return compare(before, after, path, found)
  if (before !== undefined) found.push({ path, before })
  else if (after !== undefined) found.push({ path, after })
}

/** The items by what names them, in their order; undefined where one has no name, or two have the same. */
function named(list: Json[], { needs, and }: Naming): Named | undefined {
  const items: Named = new Map()
  for (const value of list) {
    if (!isFields(value)) return undefined
    const item: Item = {}
    for (const key of [needs, ...and]) {
      const part = at(value, key)
      if (typeof part === 'string' || typeof part === 'number') item[key] = part
    }
    if (item[needs] === undefined) return undefined
    const key = JSON.stringify(Object.entries(item))
    if (items.has(key)) return undefined
    items.set(key, { item, value })
  }
  return items
}

export function isSame(one: Json, other: Json): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index] ?? null))
  if (!isFields(one) || !isFields(other)) return one === other
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => {
    const [mine, its] = [at(one, key), at(other, key)]
    return mine !== undefined && its !== undefined && isSame(mine, its)
  })
}

// Names of fields come from a cluster: `__proto__` is one like any other.
const at = (from: Fields, key: string): Json | undefined => (Object.hasOwn(from, key) ? from[key] : undefined)

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

import type { Json } from '../change/plan.ts'

type Fields = { [key: string]: Json }

/** What {@link objectsForDiff} leaves out or hides, in words, to be said once. */
export const leftOutOfDiffs =
  'managedFields, resourceVersion, generation, times and status that do not change are left out; data of Secrets is never shown'

const applied = 'kubectl.kubernetes.io/last-applied-configuration'
const always = ['managedFields', 'resourceVersion', 'generation', 'creationTimestamp']

/**
 * Both sides of a diff without what the server changes by itself, keys in order. Data of Secrets is masked as `kubectl diff`
 * does: `***`, and where it differs `*** (before)` and `*** (after)`.
 */
export function objectsForDiff(before: Fields | undefined, after: Fields | undefined): (Fields | undefined)[] {
  const sameStatus = !before || !after || text(before['status']) === text(after['status'])
  return [
    before && clean(before, { other: after, mark: 'before', sameStatus }),
    after && clean(after, { other: before, mark: 'after', sameStatus }),
  ]
}

type Side = { other: Fields | undefined; mark: 'before' | 'after'; sameStatus: boolean }

function clean(object: Fields, { other, mark, sameStatus }: Side): Fields {
  const { metadata, status, ...rest } = object
  const kept: Fields = { ...rest }
  // A uid is news where there is one object on each side alone; that of a dry run is nobody's.
  const dropped = other ? always : [...always, 'uid']
  if (isFields(metadata)) {
    kept['metadata'] = Object.fromEntries(Object.entries(metadata).filter(([key]) => !dropped.includes(key)))
  }
  if (status !== undefined && !sameStatus) kept['status'] = status
  if (object['kind'] === 'Secret') maskSecret(kept, other, mark)
  return inOrder(kept) as Fields
}

function maskSecret(secret: Fields, other: Fields | undefined, mark: string): void {
  const masked = (value: Json, counterpart: Json | undefined) =>
    counterpart === undefined || text(value) === text(counterpart) ? '***' : `*** (${mark})`
  for (const field of ['data', 'stringData']) {
    const values = secret[field]
    const others = other?.[field]
    if (values === undefined) continue
    secret[field] = isFields(values)
      ? Object.fromEntries(
          Object.entries(values).map(([key, value]) => [
            key,
            masked(value, isFields(others) ? others[key] : undefined),
          ]),
        )
      : masked(values, others)
  }
  // kubectl apply keeps a copy of the whole object here.
  const metadata = secret['metadata']
  const annotations = isFields(metadata) ? metadata['annotations'] : undefined
  if (!isFields(metadata) || !isFields(annotations) || annotations[applied] === undefined) return
  const otherMetadata = other?.['metadata']
  const otherAnnotations = isFields(otherMetadata) ? otherMetadata['annotations'] : undefined
  const copy = masked(annotations[applied], isFields(otherAnnotations) ? otherAnnotations[applied] : undefined)
  secret['metadata'] = { ...metadata, annotations: { ...annotations, [applied]: copy } }
}

function inOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isFields(value)) return value
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key] ?? null)]))
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: Json | undefined): string {
  return value === undefined ? '' : JSON.stringify(inOrder(value))
}

import type { Json } from '../../bundle/entry.ts'
import { type Type, typeKey } from './areas.ts'

export type Fields = { [key: string]: Json }

// Kept by controllers and clients for themselves; what they say is in the object too.
const ownAnnotations =
  /^(?:kubectl\.kubernetes\.io\/last-applied-configuration|control-plane\.alpha\.kubernetes\.io\/leader|deployment\.kubernetes\.io\/.*|endpoints\.kubernetes\.io\/last-change-trigger-time)$/s
const keptMetadata = ['labels', 'finalizers', 'ownerReferences', 'deletionTimestamp'] as const

/**
 * What an object means: without versions, managers, times and heartbeats, which move by themselves. Of its status only what tells of
 * something: where a pod runs and which images, what a node runs, whether a certificate was granted. Values stay as they came, in their order.
 */
export function meaningOf(raw: Fields, type: Type): Fields {
  const { apiVersion: _, kind: __, metadata, status, ...rest } = raw
  const own = fieldsAt(metadata)
  // Values of Secrets are not collected: that one was written to is all that tells of them.
  const kept = { ...metadataOf(own), ...(typeKey(type) === '/secrets' ? pick(own, ['resourceVersion']) : {}) }
  const told = statuses[typeKey(type)]?.(fieldsAt(status)) ?? {}
  // Spread, not assigned: a field may be called `__proto__`.
  const meaning = {
    ...(isEmpty(kept) ? {} : { metadata: kept }),
    ...rest,
    ...(isEmpty(told) ? {} : { status: told }),
  }
  return meaning
}

function metadataOf(metadata: Fields): Fields {
  const kept = pick(metadata, keptMetadata)
  const annotations = Object.entries(fieldsAt(metadata['annotations'])).filter(([key]) => !ownAnnotations.test(key))
  if (annotations.length > 0) kept['annotations'] = Object.fromEntries(annotations)
  return kept
}

const phase = (status: Fields) => pick(status, ['phase'])
const loadBalancer = (status: Fields) => pick(status, ['loadBalancer'])
const statuses: Record<string, (status: Fields) => Fields> = {
  '/pods': (status) => ({
    ...pick(status, ['phase', 'podIP', 'hostIP']),
    ...each(status, ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'], (one) =>
      pick(one, ['name', 'image', 'imageID', 'restartCount']),
    ),
  }),
  '/nodes': (status) => ({
    ...pick(status, ['nodeInfo', 'addresses', 'daemonEndpoints']),
    ...each(status, ['conditions'], (one) => pick(one, ['type', 'status'])),
  }),
  'certificates.k8s.io/certificatesigningrequests': (status) => ({
    ...pick(status, ['certificate']),
    ...each(status, ['conditions'], (one) => pick(one, ['type', 'status', 'reason', 'message'])),
  }),
  '/namespaces': phase,
  '/persistentvolumes': phase,
  '/persistentvolumeclaims': phase,
  '/services': loadBalancer,
  'networking.k8s.io/ingresses': loadBalancer,
}

function pick(from: Fields, keys: readonly string[]): Fields {
  const picked: Fields = {}
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : undefined
    if (value !== undefined && value !== null && !isEmpty(value)) picked[key] = value
  }
  return picked
}

function each(from: Fields, keys: readonly string[], keep: (one: Fields) => Fields): Fields {
  const lists = Object.entries(pick(from, keys))
  return Object.fromEntries(lists.map(([key, list]) => [key, listAt(list).map((one) => keep(fieldsAt(one)))]))
}

export function fieldsAt(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

export function listAt(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

export function textAt(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

import type { Json } from '../change/plan.ts'

/** An object as the API server sent it. What is in it is hostile: each field is looked at before it is believed. */
export type Raw = Record<string, unknown>

export type OwnerRef = { apiVersion: string; kind: string; name: string; uid: string; controller: boolean }
export type Meta = {
  name: string
  namespace: string
  uid: string
  labels: Record<string, string>
  annotations: Record<string, string>
  owners: OwnerRef[]
  deleting: boolean
}

export function metaOf(raw: Raw): Meta {
  const metadata = recordAt(raw, 'metadata')
  return {
    name: textAt(metadata, 'name'),
    namespace: textAt(metadata, 'namespace'),
    uid: textAt(metadata, 'uid'),
    labels: stringsAt(metadata, 'labels'),
    annotations: stringsAt(metadata, 'annotations'),
    owners: listAt(metadata, 'ownerReferences').map((owner) => ({
      apiVersion: textAt(owner, 'apiVersion'),
      kind: textAt(owner, 'kind'),
      name: textAt(owner, 'name'),
      uid: textAt(owner, 'uid'),
      controller: owner['controller'] === true,
    })),
    deleting: typeof metadata['deletionTimestamp'] === 'string',
  }
}

/** The one owner that manages the object. Source: metav1.GetControllerOf. */
export function controllerOf(raw: Raw): OwnerRef | undefined {
  return metaOf(raw).owners.find(({ controller }) => controller)
}

export const specOf = (raw: Raw): Raw => recordAt(raw, 'spec')
export const statusOf = (raw: Raw): Raw => recordAt(raw, 'status')

export function recordAt(raw: Raw, key: string): Raw {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined
  return isRecord(value) ? value : {}
}

/** The objects of a list; anything else in it is left out. */
export function listAt(raw: Raw, key: string): Raw[] {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textAt(raw: Raw, key: string): string {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined
  return typeof value === 'string' ? value : ''
}

export function numberAt(raw: Raw, key: string): number | undefined {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined
  return typeof value === 'number' ? value : undefined
}

/** The strings of a list, such as a command line. */
export function textsAt(raw: Raw, key: string): string[] {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

export function stringsAt(raw: Raw, key: string): Record<string, string> {
  const entries = Object.entries(recordAt(raw, key)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  // Not by assignment: a label may be called __proto__ in a file.
  return Object.fromEntries(entries)
}

/** A part of an object as a plan keeps it. What came out of JSON is JSON. */
export const asJson = (value: unknown): Json => value as Json

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { apiVersion } from '../../snapshot/snapshot.ts'
import type {
  Change,
  CreateChange,
  DeleteChange,
  EvictChange,
  ExistingRef,
  FieldEdit,
  ItemEdit,
  ObjectRef,
  PatchChange,
  Plan,
  ScaleChange,
  SubresourceChange,
} from '../plan.ts'
import {
  type Check,
  count,
  exactly,
  type FieldsOf,
  isMap,
  json,
  jsonObject,
  list,
  object,
  optional,
  text,
  variant,
} from './shape.ts'

const maxChanges = 10_000

const name = text(/^./su, 253)
const word = text(/^[A-Za-z0-9./-]+$/, 253)
const refFields = { apiVersion: word, kind: word, resource: word, namespace: optional(name), name }
const ref = object(refFields satisfies FieldsOf<ObjectRef>)
const existing = object({ ...refFields, uid: text(/^[A-Za-z0-9-]+$/, 128) } satisfies FieldsOf<ExistingRef>)

const editHead = {
  path: list(text(/^/, 512), 16),
  restore: exactly('always', 'unquarantined', 'on-request'),
}
const fieldEdit = object({ ...editHead, before: optional(json), after: optional(json) } satisfies FieldsOf<FieldEdit>)
const itemEdit = object({ ...editHead, item: json, how: exactly('add', 'remove') } satisfies FieldsOf<ItemEdit>)
const edit: Check = (value, at) => (isMap(value) && Object.hasOwn(value, 'item') ? itemEdit : fieldEdit)(value, at)

const head = {
  id: text(/^[A-Za-z0-9-]+$/, 100),
  why: text(),
  risk: optional(text()),
  gate: optional(text()),
  optional: optional(exactly(true)),
  temporary: optional(exactly(true)),
}

const shapes: { [K in Change['do']]: Check } = {
  create: object({
    ...head,
    do: exactly('create'),
    ref,
    body: jsonObject,
    owner: optional(text(/^[A-Za-z0-9-]+$/, 100)),
  } satisfies FieldsOf<CreateChange>),
  patch: object({
    ...head,
    do: exactly('patch'),
    ref: existing,
    edits: list(edit, 1000),
  } satisfies FieldsOf<PatchChange>),
  delete: object({
    ...head,
    do: exactly('delete'),
    ref: existing,
    preimage: jsonObject,
    propagation: exactly('Orphan', 'Background', 'Foreground'),
  } satisfies FieldsOf<DeleteChange>),
  evict: object({ ...head, do: exactly('evict'), ref: existing } satisfies FieldsOf<EvictChange>),
  scale: object({
    ...head,
    do: exactly('scale'),
    ref: existing,
    before: count,
    after: count,
  } satisfies FieldsOf<ScaleChange>),
  subresource: object({
    ...head,
    do: exactly('subresource'),
    ref: existing,
    subresource: exactly('ephemeralcontainers'),
    container: jsonObject,
  } satisfies FieldsOf<SubresourceChange>),
}

const plan = object({
  apiVersion: exactly(apiVersion),
  kind: exactly('Plan'),
  id: text(/^[a-z0-9]{4}(-[a-z0-9]{4}){2}$/),
  command: list(text(), 1000),
  incident: optional(text()),
  reason: optional(text()),
  request: optional(jsonObject),
  createdAt: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 40),
  cluster: object({ id: text(/^./, 128), server: text(), context: optional(text()) } satisfies FieldsOf<
    Plan['cluster']
  >),
  user: object({ name: text(), groups: list(text(), 10_000) } satisfies FieldsOf<Plan['user']>),
  changes: list(variant('do', shapes), maxChanges),
  notes: list(text(), 10_000),
} satisfies FieldsOf<Plan>)

/** A plan that somebody wrote, in the closed shape of plans; or what is wrong with it. Nothing is said about what it would do. */
export function planOf(value: unknown): { plan: Plan } | { problem: string } {
  const problem = plan(value, '')
  if (problem !== undefined) return { problem }
  const { changes } = value as Plan
  const ids = new Set(changes.map(({ id }) => id))
  return ids.size === changes.length ? { plan: value as Plan } : { problem: 'two of its changes have the same id' }
}

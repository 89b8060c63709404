import { type Check, exactly, isMap, jsonObject, list, object, optional, text } from '../change/record/shape.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import { type Bounds, boundsOf } from './bounds.ts'
import { type Keeper, keepersOf } from './kept-rights.ts'
import { chosenBy, type Meant, meantBy } from './meant.ts'
import { type Level, levels, type LockdownOptions, type Part, parts } from './model.ts'
import type { NamespacePlan } from './plan.ts'

/** What a lockdown is to leave, kept in its plan: the cluster is held against it later. */
export type Promised = {
  level: Level
  parts: readonly Part[]
  selector?: LabelSelector
  /** `v1.34`: what Pod Security labels were pinned to. */
  version: string
  namespaces: NamespacePromise[]
}

export type NamespacePromise = {
  namespace: string
  meant: Meant[]
  /** With a selector: whom it chooses. */
  chosen: string[]
  bounds: Bounds
  kept: Keeper[]
}

/** What a plan promises of its namespaces; pure. */
export function promisedBy(
  { level, parts: wanted, selector }: LockdownOptions,
  plans: readonly NamespacePlan[],
): Promised {
  const isWhole = (part: Part) => wanted.includes(part) && !selector
  return {
    level,
    parts: wanted,
    ...(selector && { selector }),
    version: plans[0]?.scene.version ?? 'latest',
    namespaces: plans.map(({ namespace, scene, network, rights, parts: made }) => ({
      namespace,
      meant: network ? meantBy(scene, network.changes, network.rules) : [],
      chosen: selector ? chosenBy(scene, selector) : [],
      bounds:
        isWhole('quota') && level !== 'baseline'
          ? boundsOf(
              scene.quotas,
              made.flatMap(({ changes }) => changes),
            )
          : {},
      kept: isWhole('rbac') && level === 'quarantine' ? keepersOf(rights.holders, rights.changes) : [],
    })),
  }
}

const most = 10_000
const mapOfText: Check = (value, at) =>
  isMap(value) && Object.values(value).every((one) => typeof one === 'string')
    ? jsonObject(value, at)
    : `${at} is no map of text`
const labelSelector = object({
  matchLabels: mapOfText,
  matchExpressions: list(object({ key: text(), operator: text(), values: list(text(), most) }), most),
})
const shape = object({
  level: exactly(...levels),
  parts: list(exactly(...parts), parts.length),
  selector: optional(labelSelector),
  version: text(/^(?:latest|v1\.\d{1,3})$/),
  namespaces: list(
    object({
      namespace: text(),
      meant: list(
        object({ namespace: text(), selector: labelSelector, name: text(), owners: list(text(), most) }),
        most,
      ),
      chosen: list(text(), most),
      bounds: mapOfText,
      kept: list(object({ who: text(), can: list(text(), most) }), most),
    }),
    most,
  ),
})

/** What a plan keeps of its promise; undefined where it keeps none, or none that can be read. Plans may be hostile. */
export function promisedIn(request: unknown): Promised | undefined {
  return request !== undefined && shape(request, 'request') === undefined ? (request as Promised) : undefined
}

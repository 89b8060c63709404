import type { CreateChange, Json } from '../change/plan.ts'
import { planLabels } from '../isolation/policies.ts'
import { metaOf } from '../isolation/raw.ts'
import type { LockdownScene } from './model.ts'
import type { Naming } from './network/policies.ts'
import { nameOf } from './part.ts'
import { parseQuantity } from './quota-quantity.ts'
import { type Amounts } from './quota-requests.ts'

// Small, so that nodes that are full still take the pods; without limits, so that nothing is killed for what it always used.
const given = { cpu: '50m', memory: '64Mi' } as const

/** The same as amounts. */
export const givenDefaults: Amounts = {
  cpu: parseQuantity(given.cpu) ?? 0n,
  memory: parseQuantity(given.memory) ?? 0n,
}

/** What containers get that ask for nothing. */
export function limitsChange(scene: LockdownScene, naming: Naming): CreateChange {
  const spec = { limits: [{ type: 'Container', defaultRequest: given }] }
  const why = 'containers that ask for nothing ask for a little, since a quota refuses them otherwise'
  return createOf(scene, 'LimitRange', nameOf(naming, 'defaults'), { id: 'quota-defaults', why }, spec, naming)
}

export function quotaChange(
  scene: LockdownScene,
  naming: Naming,
  why: string,
  hard: Record<string, string>,
): CreateChange {
  return createOf(scene, 'ResourceQuota', nameOf(naming, 'quota'), { id: 'quota-hard', why }, { hard }, naming)
}

function createOf(
  scene: LockdownScene,
  kind: string,
  name: string,
  head: { id: string; why: string },
  spec: { [key: string]: Json },
  { planId }: Naming,
): CreateChange {
  const namespace = metaOf(scene.namespace).name
  const body = { apiVersion: 'v1', kind, metadata: { name, namespace, labels: planLabels(planId) }, spec }
  return {
    ...head,
    do: 'create',
    ref: { apiVersion: 'v1', kind, resource: `${kind.toLowerCase()}s`, namespace, name },
    body,
  }
}

import type { Change } from '../change/plan.ts'
import { metaOf } from '../isolation/raw.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { probedGate } from './gates.ts'
import type { Breakage, LockdownOptions, LockdownScene, Part, PartPlan } from './model.ts'
import { type NetworkPlan, planNetwork } from './network/plan.ts'
import { marked } from './marks.ts'
import type { Naming } from './network/policies.ts'
import { planPods, type PodsPlan } from './pods.ts'
import { planQuota } from './quota.ts'
import type { Responder } from './rights-kept.ts'
import { planRights, type RightsPlan } from './rights.ts'
import { planTokens } from './tokens.ts'

/** What one namespace is to become. The ids of its changes are those of the whole plan. */
export type NamespacePlan = {
  scene: LockdownScene
  namespace: string
  parts: PartPlan[]
  network?: NetworkPlan
  pods?: PodsPlan
  /** Also where rights are no part of it: who can open it again is always said. */
  rights: RightsPlan
  breaks: Breakage[]
  notes: string[]
}

export type LockdownPlan = { namespaces: NamespacePlan[]; changes: Change[]; gaps: Gap[] }
export type Ids = Naming & { responder: Responder; createdAt: string }

/**
 * Lockdowns of namespaces as one plan; pure. Policies come first, in the order in which their part has them; then labels, tokens and
 * rights; LimitRanges, without which a quota refuses pods; quotas last.
 */
export function planLockdown(scenes: readonly LockdownScene[], options: LockdownOptions, ids: Ids): LockdownPlan {
  const namespaces = scenes.map((scene, index) => planOne(scene, options, ids, `n${index + 1}-`))
  const changes = namespaces.flatMap(({ parts }) => parts.flatMap((part) => part.changes))
  const gaps = [
    ...scenes.flatMap((scene) => scene.gaps),
    ...namespaces.flatMap(({ parts }) => parts.flatMap((part) => part.gaps)),
  ]
  return { namespaces, changes: inOrder(distinct(changes)), gaps: distinct(gaps) }
}

/** The changes in the order in which they are made; `proofs` are what is made for the time of the run to see policies at work. */
export function inOrder(changes: readonly Change[], proofs: readonly Change[] = []): Change[] {
  const gated = changes.map((change) =>
    proofs.length > 0 && change.ref.kind === 'ResourceQuota' ? { ...change, gate: probedGate } : change,
  )
  const all = [...gated, ...proofs]
  return all.toSorted((one, other) => rankOf(one) - rankOf(other))
}

function rankOf({ ref: { kind }, temporary }: Change): number {
  if (temporary) return 1
  const known = ['NetworkPolicy', 'Pod', 'Namespace', 'ServiceAccount', 'RoleBinding', 'LimitRange', 'ResourceQuota']
  const at = known.indexOf(kind === 'ClusterRoleBinding' ? 'RoleBinding' : kind)
  return at < 0 ? known.indexOf('RoleBinding') : at
}

function planOne(scene: LockdownScene, options: LockdownOptions, ids: Ids, prefix: string): NamespacePlan {
  const named = <P extends PartPlan>(part: P): P => ({
    ...part,
    changes: part.changes.map((change) => ({
      ...change,
      id: `${prefix}${change.id}`,
      ...('owner' in change && change.owner !== undefined ? { owner: `${prefix}${change.owner}` } : {}),
    })),
  })
  const isWanted = (part: Part) => options.parts.includes(part)
  const network = isWanted('network') ? named(planNetwork(scene, options, ids)) : undefined
  const pods = isWanted('pods') ? named(marked(planPods(scene, options), scene, options, ids)) : undefined
  const tokens = isWanted('tokens') ? named(marked(planTokens(scene, options, ids), scene, options, ids)) : undefined
  const rights = named(planRights(scene, isWanted('rbac') ? options : { ...options, level: 'restricted' }, ids))
  const quota = isWanted('quota') ? named(planQuota(scene, options, ids)) : undefined
  const parts = [network, pods, tokens, rights, quota].filter((part) => part !== undefined)
  return {
    scene,
    namespace: metaOf(scene.namespace).name,
    parts,
    ...(network && { network }),
    ...(pods && { pods }),
    rights,
    breaks: parts.flatMap((part) => part.breaks),
    notes: [...new Set(parts.flatMap((part) => part.notes))],
  }
}

// A binding may give rights in several of the namespaces.
function distinct<T extends object>(values: readonly T[]): T[] {
  const keyOf = (value: T) => {
    const { id: _id, ...rest } = value as T & { id?: string }
    return JSON.stringify(rest)
  }
  return [...new Map(values.map((value) => [keyOf(value), value])).values()]
}

import { type Change, type CreateChange, type PatchChange, quarantineLabel } from '../change/plan.ts'
import { type Account, accountsOf } from './accounts.ts'
import { labelUnseen } from './cilium-labels.ts'
import { managersOf, managerText } from './gitops.ts'
import { overlayOf } from './overlay.ts'
import { exceptionsOf, quarantinePolicies } from './policies.ts'
import { type PodPlan, planPods } from './plan-pods.ts'
import { planCordon } from './plan-node.ts'
import { planRevoke } from './plan-revoke.ts'
import { planSuspend } from './plan-suspend.ts'
import type { IsolationWarning } from './report.ts'
import { gates, type IsolateOptions, type Scene } from './scene.ts'
import { cutWarnings } from './warnings.ts'
import { predictRestarts } from './restarts.ts'

export type IsolationPlan = {
  changes: Change[]
  /** For the plan's head: who may put back what it changes. */
  notes: string[]
  warnings: IsolationWarning[]
  pods: PodPlan[]
  /** Why it must not be done like this; the hint says how. Nothing is to be applied then. */
  refused?: { why: string; hint: string }
}

/** What identifies the plan; `createdAt` as RFC 3339. */
export type PlanHead = { planId: string; createdAt: string }

/**
 * The plan that cuts the pods of a scene off; pure. First come the policies, then each pod's label, then what needs no waiting
 * (cordon, bindings), and last the labels that may only go once the twin has shown that the policies are enforced.
 */
export function planIsolation(scene: Scene, options: IsolateOptions, head: PlanHead): IsolationPlan {
  const { planId } = head
  const pods = planPods(scene, planId)
  const cut = pods.filter(({ standing }) => standing === 'enforceable')
  const empty: IsolationPlan = { changes: [], notes: [], warnings: [], pods }
  const exceptions = exceptionsOf(options.allowFrom ?? [], options.allowTo ?? [], scene.dns)
  if (!exceptions) {
    return {
      ...empty,
      refused: {
        why: 'the cluster has no DNS Service whose pods an exception could name',
        hint: 'name them: --allow-to NAMESPACE/LABEL=VALUE:53/udp, or the address of the DNS server',
      },
    }
  }
  const unseen = labelUnseen(scene, quarantineLabel(planId))
  if (unseen && pods.length > 0) return { ...empty, refused: unseen }
  const restarts = predictRestarts(scene.pods, pods, scene.enforcer)
  const namespaces = [...new Set(cut.map(({ ref }) => ref.namespace))]
  // An overlay is for what labels alone leave open: without one the plain case is one policy and one patch, needs no rights on
  // the whole cluster, and adds nothing above the policies of others.
  const overlay = cut.some(({ openings }) => openings.length > 0)
    ? overlayOf(scene, planId, exceptions, namespaces)
    : { changes: [], notes: [] }
  const suspend = planSuspend(scene)
  const revoke = options.revoke
    ? planRevoke(scene, accountsIn(scene, pods), head.createdAt)
    : { changes: [], warnings: [] }
  const changes = [
    ...policyChanges(planId, namespaces, exceptions),
    ...overlay.changes,
    ...cut.flatMap((pod, index) => markChange(pod, index)),
    ...suspend.first,
    ...planCordon(scene),
    ...revoke.changes,
    ...cut.flatMap((pod, index) => stripChange(pod, index)),
    ...suspend.last,
  ]
  return {
    changes,
    notes: managersOf([...scene.owners, ...scene.pods]).map(managerText),
    warnings: [...restarts.warnings, ...cutWarnings(scene, pods, overlay.notes), ...revoke.warnings],
    pods,
    ...(restarts.refused && !options.evidenceFirst && !options.acceptRestart ? { refused: restarts.refused } : {}),
  }
}

// A service account that is the target may have no pod at all.
function accountsIn({ target }: Scene, pods: PodPlan[]): Account[] {
  const named = target.flatMap(({ kind, namespace, name }) =>
    kind === 'ServiceAccount' && namespace !== undefined ? [{ namespace, name }] : [],
  )
  return named.length > 0 ? named : accountsOf(pods)
}

function policyChanges(
  planId: string,
  namespaces: string[],
  exceptions: Parameters<typeof quarantinePolicies>[2],
): CreateChange[] {
  return namespaces.flatMap((namespace, index) =>
    quarantinePolicies(planId, namespace, exceptions).map((body, part): CreateChange => {
      const { name } = body.metadata
      return {
        id: `${part === 0 ? 'deny' : 'allow'}-${index + 1}`,
        do: 'create',
        why:
          part === 0
            ? 'cuts off, in both directions, every pod with the label of this plan'
            : 'lets the exceptions through',
        ref: { apiVersion: body.apiVersion, kind: body.kind, resource: 'networkpolicies', namespace, name },
        body,
      }
    }),
  )
}

// Where taking labels off can open nothing even without our policy, one patch does: what selects by them is cut at once.
const isOnePatch = ({ waits }: PodPlan) => !waits

function markChange(pod: PodPlan, index: number): PatchChange[] {
  const { ref, mark, strip } = pod
  return [
    {
      id: `label-${index + 1}`,
      do: 'patch',
      why: 'has the quarantine policy select the pod',
      ...riskOf(isOnePatch(pod) ? pod : undefined),
      ref,
      edits: isOnePatch(pod) ? [...mark, ...strip] : mark,
    },
  ]
}

function stripChange(pod: PodPlan, index: number): PatchChange[] {
  if (isOnePatch(pod)) return []
  return [
    {
      id: `strip-${index + 1}`,
      do: 'patch',
      why: 'takes the pod out of what else selects it: policies that allow, Services, its controller',
      ...riskOf(pod),
      gate: gates.enforced,
      ref: pod.ref,
      edits: pod.strip,
    },
  ]
}

function riskOf(pod: PodPlan | undefined): { risk?: string } {
  const owner = pod?.ownership.how === 'detach' && pod.strip.length > 0 ? pod.ownership.ref : undefined
  return owner ? { risk: `${owner.kind} ${owner.name} puts another pod in its place, from the same image` } : {}
}

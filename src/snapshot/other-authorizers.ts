import { selfSubjectRulesReview, subjectAccessReview } from '../cluster/access-review.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isForbidden } from '../errors.ts'
import type { Snapshot } from './snapshot.ts'
import { Unrecorded } from './unrecorded.ts'

/**
 * Which authorizers beside RBAC have a say. A rules review asks every authorizer for its rules, and those that cannot
 * enumerate them (webhooks: EKS, GKE, AKS) say so. The Node authorizer does so only for nodes, and has rows of its own.
 */
export async function readOtherAuthorizers(cluster: Cluster, snapshot: Snapshot): Promise<void> {
  try {
    const { evaluationError } = await selfSubjectRulesReview(cluster, cluster.namespace)
    const named = (evaluationError ?? '').matchAll(/([\w-]+) authorizer does not support user rule resolution/g)
    for (const [, name] of named) {
      if (name === undefined || name === 'node') continue
      snapshot.gaps.push({
        what: `the ${name} authorizer`,
        why: 'it decides beside RBAC and cannot be listed',
        hides: 'rights granted outside RBAC, and denials; --verify asks it about each row',
      })
    }
  } catch (error) {
    const isUnknown = error instanceof Unrecorded
    if (!isUnknown && !isForbidden(error)) throw error
    snapshot.gaps.push({
      what: 'other authorizers',
      why: isUnknown
        ? error.message
        : 'selfsubjectrulesreviews, which tell whether there are any beside RBAC, are not allowed',
      hides: 'rights granted outside RBAC, and denials',
    })
  }
}

/**
 * Whether some authorizer lets everybody in (AlwaysAllow, or ABAC with `*`): no list of rules shows that. Asked is about
 * a user that nobody is and a thing that does not exist, which RBAC can allow to no one.
 */
export async function probeForAnyone(cluster: Cluster, snapshot: Snapshot): Promise<void> {
  const user = `kubectl-secure:nobody:${crypto.randomUUID()}`
  const nothing = { verb: 'probe', group: 'kubectl-secure.github.io', resource: 'nothing' }
  try {
    const { allowed } = await subjectAccessReview(cluster, { user }, nothing)
    if (!allowed) return
    snapshot.gaps.push({
      what: 'an authorizer that lets anyone do anything',
      why: 'the API server allows what no rule can: --authorization-mode has AlwaysAllow, or ABAC or a webhook say so',
      hides: 'everybody else: what RBAC says does not limit them',
    })
  } catch (error) {
    if (error instanceof Unrecorded) {
      snapshot.gaps.push({
        what: 'an authorizer that lets anyone do anything',
        why: error.message,
        hides: 'whether there is one; RBAC would not limit anybody then',
      })
    } else if (!isForbidden(error)) throw error
  }
}

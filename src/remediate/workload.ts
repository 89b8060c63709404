import type { ExistingRef } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import { type Getter, type Kind, kinds } from '../isolation/get.ts'
import { metaOf, type Raw } from '../isolation/raw.ts'

/** A controller of pods by its kind, as people write it: `Deployment`. */
export type Workload = { kind: string; namespace: string; name: string }

const workloadKinds: readonly Kind[] = [
  kinds.deployments,
  kinds.statefulSets,
  kinds.daemonSets,
  kinds.replicaSets,
  kinds.controllers,
  kinds.jobs,
  kinds.cronJobs,
]

/** Reads it. Throws SecureError: `usage` for a kind that has no pods, `not-found`, `forbidden`. */
export async function readWorkload(get: Getter, { kind, namespace, name }: Workload): Promise<Raw> {
  const found = workloadKinds.find((one) => one.kind === kind)
  if (!found)
    throw new SecureError('usage', `${kind} is no workload`, {
      hint: `workloads are ${workloadKinds.map((one) => one.kind).join(', ')}`,
    })
  return await get.one(found, namespace, name)
}

/** All workloads of a namespace; what may not be read is a gap of the getter. */
export async function readWorkloads(get: Getter, namespace: string): Promise<Raw[]> {
  const hides = 'workloads, and what they use'
  const lists = await Promise.all(workloadKinds.map((kind) => get.all(kind, namespace, { hides })))
  return lists.flat()
}

/** What a plan calls an object that was read by a getter. */
export function refOf(raw: Raw): ExistingRef {
  const { name, namespace, uid } = metaOf(raw)
  const kind = String(raw['kind'])
  const known = Object.values(kinds).find((one) => one.kind === kind && one.apiVersion === raw['apiVersion'])
  if (!known) throw new TypeError(`no plan is made of ${kind}`)
  return { ...known, ...(namespace !== '' && { namespace }), name, uid }
}

/** Where the pod template is. */
export function templatePath(kind: string): string[] {
  return kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template']
}

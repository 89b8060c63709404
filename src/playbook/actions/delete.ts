import { SecureError } from '../../errors.ts'
import { getterOf, kinds } from '../../isolation/get.ts'
import type { Raw } from '../../isolation/raw.ts'
import { isStatic } from '../../isolation/standing.ts'
import { remedial } from './remedy.ts'
import { may } from './rights.ts'
import { pinnedOf, podsOf, present, reread, textOf } from './targets.ts'
import { pinIn, pinsIn, workloadKinds } from './values.ts'

export const podDelete = remedial({
  name: 'pod.delete',
  summary: 'Deletes pods: what is in their memory and on their disks is gone, and tokens that were made for them',
  destroys: true,
  with: { target: { type: 'list', required: true, about: 'one pod, or several' } },
  outputs: { pods: { type: 'list', about: 'the pods, pinned' } },
  rights: ({ target }) => {
    const namespace = target?.length === 1 && target[0] !== undefined ? pinIn(target[0])?.namespace : undefined
    return may('get delete create', 'pods', { namespace })
  },
  async draft({ engine: { cluster } }, { target }) {
    const [{ joined }, { removeObject }] = await Promise.all([
      import('../../remediate/joined.ts'),
      import('../../remediate/remove.ts'),
    ])
    const get = getterOf(cluster, [])
    // Who is gone by itself is what was wanted.
    const pods = await present(get, pinsIn('pod.delete: target', target, ['Pod']))
    const fixed = pods.find(isStatic)
    if (fixed)
      throw new SecureError('usage', `${textOf(pinnedOf(fixed))} is a static pod: its node runs it from a file`, {
        hint: 'remove the file on the node',
      })
    if (pods.length === 0) return undefined
    return {
      remedy: () => joined(pods.map(removeObject)),
      outputs: { pods: pods.map(pinnedOf) },
      destroys: pods,
    }
  },
})

// What may be deleted so. Of a Secret the content would have to be kept to give it back; a pod, a node and a namespace are more than an object.
const deletable = [
  kinds.services,
  kinds.accounts,
  kinds.configMaps,
  kinds.controllers,
  kinds.deployments,
  kinds.replicaSets,
  kinds.statefulSets,
  kinds.daemonSets,
  kinds.jobs,
  kinds.cronJobs,
  kinds.networkPolicies,
  kinds.roles,
  kinds.clusterRoles,
  kinds.roleBindings,
  kinds.clusterRoleBindings,
]
const webhooks = [kinds.mutatingWebhooks, kinds.validatingWebhooks]
const typesOf = (some: readonly { resource: string; apiVersion: string }[]): string =>
  some
    .map(({ resource, apiVersion }) =>
      apiVersion.includes('/') ? `${resource}.${apiVersion.split('/')[0]}` : resource,
    )
    .join(' ')

function deleting(name: string, summary: string, some: readonly (typeof kinds)[keyof typeof kinds][]) {
  const known: readonly string[] = some.map(({ kind }) => kind)
  const ofKind = (kind: string | undefined) => some.filter((one) => kind === undefined || one.kind === kind)
  return {
    name,
    summary,
    with: { object: { type: 'object', required: true, about: `what is deleted, pinned: ${known.join(', ')}` } },
    outputs: {
      object: { type: 'object', about: 'the object, pinned' },
      pods: { type: 'list', about: 'its pods, which end' },
    },
    rights: ({ object }: { object?: { kind: string; namespace?: string } }) => [
      ...may('get delete create', typesOf(ofKind(object?.kind)), { namespace: object?.namespace }),
      ...may('list', 'pods replicasets.apps jobs.batch', { namespace: object?.namespace, optional: true }),
    ],
    async draft(
      { engine: { cluster } }: Parameters<NonNullable<Parameters<typeof remedial>[0]['draft']>>[0],
      { object }: { object: { kind: string; namespace?: string; name: string; uid?: string } },
    ) {
      const { removeObject } = await import('../../remediate/remove.ts')
      if (!known.includes(object.kind))
        throw new SecureError('usage', `${name} is of ${known.join(', ')}, not of a ${object.kind}`)
      const get = getterOf(cluster, [])
      const raw = await reread(get, object)
      const pods: Raw[] = workloadKinds.includes(object.kind) ? await podsOf(get, [object]) : []
      return {
        remedy: () => removeObject(raw),
        outputs: { object: pinnedOf(raw), pods: pods.map(pinnedOf) },
        ...(pods.length > 0 && { destroys: pods }),
      }
    },
  } as const
}

export const objectDelete = remedial({
  ...deleting('object.delete', 'Deletes an object and keeps it whole: undo makes it anew, with another uid', deletable),
  destroys: true,
})

export const webhookDelete = remedial(
  deleting('webhook.delete', 'Deletes an admission webhook and keeps it whole: undo makes it anew', webhooks),
)

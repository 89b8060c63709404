import { SecureError } from '../../errors.ts'
import { type Getter, getterOf, type Kind, kinds } from '../../isolation/get.ts'
import { metaOf, type Raw } from '../../isolation/raw.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { Pinned } from '../model.ts'
import { remedial } from './remedy.ts'
import { may, workloadTypes } from './rights.ts'
import { pinnedOf, podsOf, reread } from './targets.ts'
import { pinIn, pinsIn, textsIn, workloadKinds } from './values.ts'

const autoscalers: Kind = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
}
const scalable = 'deployments.apps statefulsets.apps replicasets.apps replicationcontrollers'
const unscalable = 'daemonsets.apps jobs.batch cronjobs.batch'

export const workloadStop = remedial({
  name: 'workload.stop',
  summary: 'Has workloads run no pods any more; undo gives them back what they had, with other pods',
  destroys: true,
  with: { target: { type: 'list', required: true, about: 'one workload, or several' } },
  outputs: {
    workloads: { type: 'list', about: 'those that are stopped, pinned' },
    pods: { type: 'list', about: 'their pods, which end' },
  },
  rights: ({ target }) => [
    ...may('get', workloadTypes, spaceOf(target?.map(pinIn))),
    ...may('list', 'pods replicasets.apps jobs.batch', spaceOf(target?.map(pinIn))),
    ...may('get patch', scalable.replaceAll(/(\w+)(\.apps)?/g, '$1/scale$2'), spaceOf(target?.map(pinIn))),
    ...may('patch', unscalable, spaceOf(target?.map(pinIn))),
    ...may('list', 'horizontalpodautoscalers.autoscaling', { ...spaceOf(target?.map(pinIn)), optional: true }),
  ],
  async draft({ engine: { cluster } }, { target }) {
    const [{ joined }, { stopWorkload }] = await Promise.all([
      import('../../remediate/joined.ts'),
      import('../../remediate/stop.ts'),
    ])
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const pins = pinsIn('workload.stop: target', target, workloadKinds)
    const raws = await Promise.all(pins.map(async (pin) => await reread(get, pin)))
    const scaled = new Map<string, Raw[]>()
    for (const { namespace } of raws.map(metaOf))
      if (!scaled.has(namespace))
        scaled.set(namespace, await get.all(autoscalers, namespace, { hides: 'what scales them again' }))
    const stopped = raws.flatMap((raw) => {
      const remedy = stopWorkload(raw, scaled.get(metaOf(raw).namespace) ?? [])
      return remedy.changes.length > 0 ? [{ raw, remedy }] : []
    })
    if (stopped.length === 0) return undefined
    const pods = await podsEnding(
      get,
      stopped.map(({ raw }) => raw),
    )
    return {
      remedy: () => {
        const all = joined(stopped.map(({ remedy }) => remedy))
        return { ...all, notes: [...all.notes, ...gaps.map(({ what, why }) => `not seen: ${what}: ${why}`)] }
      },
      outputs: { workloads: stopped.map(({ raw }) => pinnedOf(raw)), pods: pods.map(pinnedOf) },
      destroys: pods,
    }
  },
})

// Jobs that a CronJob has started run on.
async function podsEnding(get: Getter, workloads: readonly Raw[]): Promise<Raw[]> {
  const ending = workloads.filter((raw) => raw['kind'] !== 'CronJob')
  return await podsOf(get, ending.map(pinnedOf))
}

function spaceOf(pins: readonly (Pinned | undefined)[] = []): { namespace?: string | undefined } {
  const spaces = new Set(pins.map((pin) => pin?.namespace))
  return { namespace: spaces.size === 1 ? [...spaces][0] : undefined }
}

export const cronJobSuspend = remedial({
  name: 'cronjob.suspend',
  summary: 'Has a CronJob start no further jobs; those that run go on',
  with: { workload: { type: 'workload', required: true, about: 'the CronJob' } },
  outputs: { workload: { type: 'workload', about: 'the CronJob, pinned' } },
  rights: ({ workload }) => may('get patch', 'cronjobs.batch', workload),
  async draft({ engine: { cluster } }, { workload: pin }) {
    const { stopWorkload } = await import('../../remediate/stop.ts')
    if (pin.kind !== 'CronJob') throw new SecureError('usage', `cronjob.suspend is of a CronJob, not of a ${pin.kind}`)
    const raw = await reread(getterOf(cluster, []), pin)
    return { remedy: () => stopWorkload(raw, []), outputs: { workload: pinnedOf(raw) } }
  },
})

export const workloadRollBack = remedial({
  name: 'workload.roll-back',
  summary: 'Gives a Deployment the pod template of an earlier revision; its present pods are replaced',
  destroys: true,
  with: {
    workload: { type: 'workload', required: true, about: 'the Deployment' },
    revision: {
      type: 'number',
      about: 'which; without it the last one before the present that has none of the images to avoid',
    },
    avoid: { type: 'list', about: 'names of images that it must not have' },
  },
  outputs: {
    workload: { type: 'workload', about: 'the Deployment, pinned' },
    revision: { type: 'number', about: 'the revision whose template it gets' },
    images: { type: 'list', about: 'the images of that revision' },
    pods: { type: 'list', about: 'its present pods, which are replaced' },
  },
  rights: ({ workload }) => [
    ...may('get patch', 'deployments.apps', workload),
    ...may('list', 'replicasets.apps pods', { namespace: workload?.namespace }),
  ],
  async draft({ engine: { cluster } }, { workload: pin, revision, avoid }) {
    const { revisionsOf, rollBack } = await import('../../remediate/roll-back.ts')
    if (pin.kind !== 'Deployment')
      throw new SecureError('usage', `workload.roll-back is of a Deployment, not of a ${pin.kind}`)
    const get = getterOf(cluster, [])
    const raw = await reread(get, pin)
    const { name, namespace } = metaOf(raw)
    const [sets, pods] = await Promise.all([get.all(kinds.replicaSets, namespace), podsOf(get, [pin])])
    const bad = textsIn('workload.roll-back: avoid', avoid)
    const revisions = revisionsOf(raw, sets)
    const good = revisions.find(({ images, current }) => !current && !images.some((image) => bad.includes(image)))
    const wanted = revision ?? good?.revision
    if (wanted === undefined)
      throw new SecureError('not-found', `Deployment ${name} has no earlier revision that is good`, {
        hint: 'stop it (workload.stop), and deploy it anew from a source that is trusted',
      })
    const images = revisions.find((one) => one.revision === wanted)?.images ?? []
    const found = images.find((image) => bad.includes(image))
    if (found !== undefined)
      throw new SecureError(
        'usage',
        `revision ${wanted} of Deployment ${name} has ${found} too, which is to be avoided`,
      )
    if (revisions.some((one) => one.current && one.revision === wanted)) return undefined
    return {
      remedy: () => rollBack(raw, sets, wanted),
      outputs: { workload: pinnedOf(raw), revision: wanted, images, pods: pods.map(pinnedOf) },
      destroys: pods,
    }
  },
})

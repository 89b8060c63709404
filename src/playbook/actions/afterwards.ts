import { inParallel } from '../../cluster/in-parallel.ts'
import { SecureError } from '../../errors.ts'
import { getterOf } from '../../isolation/get.ts'
import { metaOf, numberAt, type Raw, specOf, statusOf } from '../../isolation/raw.ts'
import type { Pinned } from '../model.ts'
import { question } from './define.ts'
import { may, workloadTypes } from './rights.ts'
import { pinnedOf, reread, stillThere, textOf } from './targets.ts'
import { pinsIn } from './values.ts'

export const podsGone = question({
  name: 'pods.gone',
  summary: 'Whether pods are gone; one that has the name of another does not count for it',
  with: { pods: { type: 'list', required: true, about: 'pods, with their uids' } },
  outputs: {
    gone: { type: 'bool', about: 'none of them is there any more' },
    left: { type: 'list', about: 'those that are, pinned' },
  },
  rights: () => may('get', 'pods'),
  async ask({ engine: { cluster } }, { pods }) {
    const get = getterOf(cluster, [])
    const pins = pinsIn('pods.gone: pods', pods, ['Pod'])
    const bare = pins.find(({ uid }) => uid === undefined)
    if (bare) throw new SecureError('usage', `pods.gone: ${textOf(bare)} has no uid to tell it by`)
    const found = await inParallel(pins, async (pin) => await stillThere(get, pin))
    const left: Pinned[] = found.filter((raw) => raw !== undefined).map(pinnedOf)
    return { gone: left.length === 0, left }
  },
})

export const rolloutDone = question({
  name: 'rollout.done',
  summary: 'Whether a workload has the pods that it is to have, all of its present template',
  with: { workload: { type: 'workload', required: true, about: 'a Deployment, StatefulSet or DaemonSet' } },
  outputs: {
    done: { type: 'bool', about: 'it has' },
    wanted: { type: 'number', about: 'how many pods it is to have' },
    ready: { type: 'number', about: 'how many of the present template are ready' },
    why: { type: 'string', about: 'what is missing' },
  },
  rights: ({ workload }) => may('get', workloadTypes, workload),
  async ask({ engine: { cluster } }, { workload }) {
    return rolloutOf(await reread(getterOf(cluster, []), workload))
  },
})

/** As `kubectl rollout status` has it. Source: k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go. */
export function rolloutOf(raw: Raw): { done: boolean; wanted: number; ready: number; why: string } {
  const kind = String(raw['kind'])
  const [spec, status] = [specOf(raw), statusOf(raw)]
  const of = (key: string) => numberAt(status, key) ?? 0
  const isDaemonSet = kind === 'DaemonSet'
  if (!isDaemonSet && kind !== 'Deployment' && kind !== 'StatefulSet')
    throw new SecureError('usage', `a ${kind} is not rolled out`)
  const wanted = isDaemonSet ? of('desiredNumberScheduled') : (numberAt(spec, 'replicas') ?? 1)
  const updated = isDaemonSet ? of('updatedNumberScheduled') : of('updatedReplicas')
  const [total, up] = isDaemonSet
    ? [of('currentNumberScheduled'), of('numberAvailable')]
    : [of('replicas'), of(kind === 'Deployment' ? 'availableReplicas' : 'readyReplicas')]
  const ready = Math.min(updated, up)
  const isSeen = of('observedGeneration') >= Number((raw['metadata'] as Raw)['generation'] ?? 0)
  const why = !isSeen
    ? 'its controller has not seen its present form yet'
    : updated < wanted
      ? `${updated} of ${wanted} pods are of its present template`
      : total > updated
        ? `${total - updated} pods of an earlier template are still there`
        : up < wanted
          ? `${up} of ${wanted} pods are ready`
          : ''
  return { done: why === '', wanted, ready, why: why === '' ? `${metaOf(raw).name} has what it is to have` : why }
}

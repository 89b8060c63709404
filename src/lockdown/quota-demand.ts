import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, statusOf, textAt } from '../isolation/raw.ts'
import type { LockdownScene } from './model.ts'
import { hasEnded, type Made, podsOf, templatesIn } from './pods-templates.ts'
import { type Amounts, type Defaults, larger, none, plus, podRequests, times } from './quota-requests.ts'

/** How many pods, and what they ask for together. */
export type Load = { pods: number; amounts: Amounts }
/** What a workload has when all of it runs, and what a rolling update of it adds for a while. */
export type Demand = Made & { full: Load; surge: Load }

/** What each workload of the namespace may come to: replicas, or as many as its autoscaler goes to; one run of a CronJob. */
export function demandsOf(scene: LockdownScene, defaults: Defaults): Demand[] {
  return templatesIn(scene).map((made) => {
    const { raw, template } = made
    const one = podRequests(recordAt(template.pod, 'spec'), defaults)
    const count = Math.max(replicasOf(scene, made), mostReplicas(scene, raw))
    const load = (pods: number): Load => ({ pods, amounts: times(one, pods) })
    return { ...made, full: load(count), surge: load(surgeOf(raw, count)) }
  })
}

/** All of them together, or what runs now where that is more. */
export function baseOf(scene: LockdownScene, demands: readonly Demand[]): Load {
  const running = podsOf(scene).filter((pod) => !hasEnded(pod))
  const now = { pods: running.length, amounts: running.map((pod) => podRequests(specOf(pod))).reduce(plus, none) }
  const planned = demands.map(({ full }) => full).reduce(both, { pods: 0, amounts: none })
  return { pods: Math.max(now.pods, planned.pods), amounts: larger(now.amounts, planned.amounts) }
}

const both = (one: Load, other: Load): Load => ({
  pods: one.pods + other.pods,
  amounts: plus(one.amounts, other.amounts),
})

function replicasOf(scene: LockdownScene, { raw, template }: Made): number {
  const spec = specOf(raw)
  switch (template.kind) {
    case 'PodTemplate':
      return 0
    case 'Pod':
      return 1
    case 'DaemonSet': {
      const nodes = scene.network.objects.filter(({ kind, apiVersion }) => kind === 'Node' && apiVersion === 'v1')
      return numberAt(statusOf(raw), 'desiredNumberScheduled') ?? nodes.length
    }
    case 'Job':
      return whole(numberAt(spec, 'parallelism'))
    case 'CronJob':
      return whole(numberAt(specOf(recordAt(spec, 'jobTemplate')), 'parallelism'))
    default:
      return whole(numberAt(spec, 'replicas'))
  }
}

const whole = (count: number | undefined): number =>
  count === undefined || !Number.isSafeInteger(count) || count < 0 ? 1 : count

/** How far an autoscaler may go with it; 0 where none has it. */
function mostReplicas({ autoscalers = [] }: LockdownScene, raw: Raw): number {
  const { name } = metaOf(raw)
  return Math.max(
    0,
    ...autoscalers
      .filter((one) => isScaled(one, raw['kind'], name))
      .map((one) => whole(numberAt(specOf(one), 'maxReplicas'))),
  )
}

export function isScaled(autoscaler: Raw, kind: unknown, name: string): boolean {
  const target = recordAt(specOf(autoscaler), 'scaleTargetRef')
  return textAt(target, 'kind') === kind && textAt(target, 'name') === name
}

/** Source: ResolveFenceposts in pkg/controller/deployment/util; SetDefaults_Deployment; DaemonSets surge only where they say so. */
function surgeOf(raw: Raw, count: number): number {
  const kind = raw['kind']
  if (kind !== 'Deployment' && kind !== 'DaemonSet') return 0
  const strategy = recordAt(specOf(raw), kind === 'Deployment' ? 'strategy' : 'updateStrategy')
  if (!['', 'RollingUpdate'].includes(textAt(strategy, 'type'))) return 0
  const said = recordAt(strategy, 'rollingUpdate')['maxSurge'] ?? (kind === 'Deployment' ? '25%' : 0)
  if (typeof said === 'number') return Math.min(whole(said), count)
  const percent = typeof said === 'string' ? /^(\d{1,3})%$/.exec(said)?.[1] : undefined
  return percent === undefined ? 0 : Math.min(Math.ceil((count * Number(percent)) / 100), count)
}

/** The items of the namespace's LimitRanges that are of containers. */
export const containerLimits = (ranges: readonly Raw[]): Raw[] =>
  ranges.flatMap((range) => listAt(specOf(range), 'limits')).filter((item) => textAt(item, 'type') === 'Container')

import type { Change, PatchChange } from '../change/plan.ts'
import { controllerOf, metaOf, numberAt, type Raw, recordAt, specOf, stringsAt } from '../isolation/raw.ts'
import { nothing, type Remedy } from './remedy.ts'
import { refOf } from './workload.ts'

/** No node has it: so a DaemonSet that asks for it has no pods. */
const nowhere = 'kubectl-secure.github.io/nowhere'

/**
 * Has a workload run no pods any more: by replicas, by suspending, or (a DaemonSet) by a node selector that no node meets. Undo gives back what
 * was there; the pods that come are others. `autoscalers` are the HorizontalPodAutoscalers of the namespace.
 */
export function stopWorkload(raw: Raw, autoscalers: readonly Raw[]): Remedy {
  const kind = String(raw['kind'])
  const changes =
    kind === 'DaemonSet' ? stopDaemonSet(raw) : kind === 'Job' || kind === 'CronJob' ? suspend(raw) : scaleDown(raw)
  if (changes.length === 0) return nothing
  const { name } = metaOf(raw)
  const scaledBy = autoscalers.filter((one) => {
    const target = recordAt(specOf(one), 'scaleTargetRef')
    return target['kind'] === kind && target['name'] === name
  })
  const owner = controllerOf(raw)
  return {
    changes,
    notes: [
      ...scaledBy.map((one) => `HorizontalPodAutoscaler ${metaOf(one).name} does nothing while there are 0 replicas`),
      ...(owner ? [`${owner.kind} ${owner.name} owns it, and may start its pods again`] : []),
      ...(kind === 'CronJob' ? ['jobs that it has started run on: stop each of them'] : []),
    ],
  }
}

function scaleDown(raw: Raw): Change[] {
  const before = numberAt(specOf(raw), 'replicas') ?? 1
  if (before === 0) return []
  return [
    {
      id: 'scale',
      do: 'scale',
      why: 'ends all of its pods, and starts none',
      risk: 'what is in the memory and on the disk of its pods is gone',
      ref: refOf(raw),
      before,
      after: 0,
    },
  ]
}

function suspend(raw: Raw): PatchChange[] {
  const before = specOf(raw)['suspend']
  if (before === true) return []
  const isJob = raw['kind'] === 'Job'
  return [
    {
      id: 'suspend',
      do: 'patch',
      why: isJob ? 'ends its pods, and starts none' : 'no further job is started',
      ...(isJob && { risk: 'its active pods are deleted: what is in their memory is gone' }),
      ref: refOf(raw),
      edits: [
        { path: ['spec', 'suspend'], ...(typeof before === 'boolean' && { before }), after: true, restore: 'always' },
      ],
    },
  ]
}

function stopDaemonSet(raw: Raw): PatchChange[] {
  if (Object.hasOwn(stringsAt(recordAt(recordAt(specOf(raw), 'template'), 'spec'), 'nodeSelector'), nowhere)) return []
  return [
    {
      id: 'nowhere',
      do: 'patch',
      why: 'no node has what it asks for then: its pods are deleted on all nodes',
      risk: 'what is in the memory and on the disk of its pods is gone',
      ref: refOf(raw),
      edits: [{ path: ['spec', 'template', 'spec', 'nodeSelector', nowhere], after: 'true', restore: 'always' }],
    },
  ]
}

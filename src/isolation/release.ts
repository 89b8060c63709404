import type { ActiveRun } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { Run } from '../change/find-run.ts'
import { objectPath } from '../cluster/object-path.ts'
import { type ExistingRef, quarantineLabel } from '../change/plan.ts'
import { isFromRecord, wasTouched } from '../change/progress-of-run.ts'
import { getObject } from '../cluster/write.ts'
import { releaseResult, type ScriptRun } from './live.ts'
import { listAt, type Raw, specOf, textAt } from './raw.ts'
import { containerName, helperChange, helperContainer, severChange } from './sever.ts'
import { refuseSever } from './sever-facts.ts'

/**
 * Lets pods whose connections were cut use their network again; done before the policies go, so that nothing is open that should
 * not be. `image` is chosen here and never taken from a record: it gets rights on the pod's network, or on the node.
 */
export function releaseFirst(engine: Engine, run: Run, image: string): (active: ActiveRun) => Promise<void> {
  return async (active) => {
    if (!wasSevered(run)) return
    const done = releasedPods(run)
    for (const ref of quarantinedPods(run)) {
      if (done.has(`${ref.namespace}/${ref.name}`)) continue
      const pod = await getObject(engine.cluster, objectPath(ref))
      if (!pod || pod.metadata.uid !== ref.uid || refuseSever(pod) !== undefined) continue
      const { released, why } = await release(engine, active, pod, image)
      const name = `${ref.namespace}/${ref.name}`
      await active.note('release', { pod: name, released, why })
      if (!released) engine.warn(`pod ${name} stays cut off from its network: ${why}; deleting the pod ends it`)
    }
  }
}

function wasSevered({ plan, entries, refused, records }: Run): boolean {
  const isSever = (id: string) => id.startsWith('sever-')
  if (!records.includes('journal') || isFromRecord(entries))
    return refused.some(({ change }) => isSever(change)) || plan.changes.some(({ id }) => isSever(id))
  return plan.changes.some((change) => isSever(change.id) && wasTouched(change, entries))
}

// Once is enough: each time would add a container to the pod for good.
function releasedPods({ entries }: Run): Set<string> {
  const released = entries.flatMap((entry) =>
    entry.type === 'note' && entry.kind === 'release' && (entry.data as { released?: boolean }).released
      ? [(entry.data as { pod: string }).pod]
      : [],
  )
  return new Set(released)
}

function quarantinedPods({ plan }: Run): ExistingRef[] {
  const label = quarantineLabel(plan.id)
  return plan.changes.flatMap((change) =>
    change.do === 'patch' && change.ref.resource === 'pods' && change.edits.some(({ path }) => path.at(-1) === label)
      ? [change.ref]
      : [],
  )
}

async function release(
  { cluster, stateNamespace }: Engine,
  active: ActiveRun,
  pod: Raw,
  image: string,
): Promise<{ released: boolean; why: string }> {
  const input = { planId: active.plan.id, image, attempt: attemptFor(pod, active.plan.id) }
  const inside = severChange(pod, input, 'release')
  const first = await active.extra(inside)
  if (first.state === 'applied') {
    const run: ScriptRun = {
      way: 'ephemeral container',
      namespace: inside.ref.namespace ?? '',
      pod: inside.ref.name,
      uid: inside.ref.uid,
      container: containerName(input, 'release'),
    }
    const result = await releaseResult(cluster, run)
    if (result.released) return result
  }
  const helper = helperChange(pod, { ...input, stateNamespace }, 'release')
  const second = await active.extra(helper)
  if (second.state !== 'applied') return { released: false, why: `${first.why ?? ''} ${second.why ?? ''}`.trim() }
  const result = await releaseResult(cluster, {
    way: 'node helper',
    namespace: stateNamespace,
    pod: helper.ref.name,
    container: helperContainer,
  })
  await active.extraUndo(helper)
  return result
}

// The name of an ephemeral container is taken for good.
function attemptFor(pod: Raw, planId: string): number {
  const names = new Set(listAt(specOf(pod), 'ephemeralContainers').map((container) => textAt(container, 'name')))
  let attempt = 1
  while (names.has(containerName({ planId, image: '', attempt }, 'release'))) attempt += 1
  return attempt
}

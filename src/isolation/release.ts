import type { ActiveRun } from '../change/active-run.ts'
import { cutsNetwork, isSever, unreleased } from '../change/cut-off.ts'
import type { Engine } from '../change/engine.ts'
import type { Run } from '../change/find-run.ts'
import { objectPath } from '../cluster/object-path.ts'
import { type ExistingRef, quarantineLabel } from '../change/plan.ts'
import { preview, type Rehearsal } from '../change/preview.ts'
import { isFromRecord, wasTouched } from '../change/progress-of-run.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { getObject } from '../cluster/write.ts'
import { releaseResult, type ScriptRun } from './live.ts'
import { defaultProbeImage } from './probe-image.ts'
import { listAt, type Raw, specOf, textAt } from './raw.ts'
import { containerName, helperChange, helperContainer, severChange } from './sever.ts'
import { refuseSever } from './sever-facts.ts'

/**
 * Lets pods whose connections were cut use their network again; done before the policies go, so that nothing is open that should
 * not be. `chosen`: the image that was asked for; else that of the run's own cut, as this machine's journal has it. It is never taken from
 * a record: it gets rights on the pod's network, or on the node.
 */
export function releaseFirst(engine: Engine, run: Run, chosen?: string): (active: ActiveRun) => Promise<void> {
  return async (active) => {
    const image = chosen ?? imageOf(run)
    for (const { name, pod } of await podsToRelease(engine, run)) {
      if (pod) await active.note('release', { pod: name, ...(await release(engine, active, pod, image)) })
      else if (unreleased(run.entries).some((one) => one.pod === name))
        await active.note('release', { pod: name, released: true, why: 'the pod is gone' })
    }
  }
}

/** What undo adds to pods to let them use their network again, by the server's dry run. */
export async function previewRelease(engine: Engine, run: Run, chosen?: string): Promise<Rehearsal[]> {
  const input = { planId: run.plan.id, image: chosen ?? imageOf(run) }
  const pods = (await podsToRelease(engine, run)).flatMap(({ pod }) => (pod ? [pod] : []))
  const changes = pods.map((pod) => severChange(pod, { ...input, attempt: attemptFor(pod, run.plan.id) }, 'release'))
  return await preview(engine, { ...run.plan, changes })
}

/** Pods of the run that may be cut; without their object where they are gone. */
async function podsToRelease({ cluster }: Engine, run: Run): Promise<{ name: string; pod?: Raw }[]> {
  if (!wasSevered(run)) return []
  const done = releasedPods(run)
  const refs = quarantinedPods(run).filter(({ namespace, name }) => !done.has(`${namespace}/${name}`))
  const found = await inParallel(refs, async (ref) => ({ ref, pod: await getObject(cluster, objectPath(ref)) }))
  return found.flatMap(({ ref, pod }) => {
    const name = `${ref.namespace}/${ref.name}`
    if (!pod || pod.metadata.uid !== ref.uid) return [{ name }]
    return refuseSever(pod) === undefined ? [{ name, pod }] : []
  })
}

function imageOf({ plan, entries, records }: Run): string {
  if (!records.includes('journal') || isFromRecord(entries)) return defaultProbeImage
  const image = plan.changes.find(cutsNetwork)?.container['image']
  return typeof image === 'string' ? image : defaultProbeImage
}

function wasSevered({ plan, entries, refused, records }: Run): boolean {
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

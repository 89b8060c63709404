import { valueAt } from '../../../../src/change/edits.ts'
import type { Engine } from '../../../../src/change/engine.ts'
import type { Run } from '../../../../src/change/find-run.ts'
import { objectPath } from '../../../../src/cluster/object-path.ts'
import { type Change, planLabel } from '../../../../src/change/plan.ts'
import { status } from '../../../../src/change/status.ts'
import { getObject } from '../../../../src/cluster/write.ts'
import { isDeepStrictEqual } from 'node:util'

/** Where status says something of a run that the cluster does not bear out; nobody but us has changed anything. */
export async function falsehoods(engine: Engine, run: Run): Promise<string[]> {
  const found: string[] = []
  const [told, ...more] = (await status(engine, ({ plan }) => plan.id === run.plan.id)).runs
  if (!told || more.length > 0) return ['status does not know the run']
  const isEnded = run.entries.at(-1)?.type === 'end'
  if (!isEnded && run.records.includes('journal') && told.state !== 'unfinished')
    found.push(`status says ${told.state} of a run that did not end`)
  for (const drift of told.drift.filter((text) => !text.includes('never made, or')))
    found.push(`status says that it drifted: ${drift}`)
  for (const [index, change] of run.plan.changes.entries()) {
    const step = told.steps[index]
    if (!step || step.state === 'unsettled' || step.state === 'failed') continue
    const isThere = await isInForce(engine, change)
    const shouldBe = step.state === 'applied' || step.state === 'already'
    // What cannot be taken back stays.
    if (change.do === 'subresource' && !shouldBe) continue
    if (isThere !== 'partly' && isThere !== shouldBe)
      found.push(`status says ${change.id} is ${step.state}, and it is ${isThere ? '' : 'not '}in force`)
  }
  return found
}

/** Whether a change is made, by a reading of its own. */
export async function isInForce({ cluster }: Engine, change: Change): Promise<boolean | 'partly'> {
  const object = await getObject(cluster, objectPath(change.ref))
  switch (change.do) {
    case 'create':
      return (object?.metadata['labels'] as Record<string, string> | undefined)?.[planLabel] !== undefined
    case 'patch': {
      if (!object || object.metadata.uid !== change.ref.uid) return false
      const held = change.edits.filter(({ restore }) => restore !== 'on-request')
      const states = held.map((edit) => {
        const value = valueAt(object, edit.path)
        if (!('item' in edit)) return isDeepStrictEqual(value ?? null, edit.after ?? null)
        const isIn = Array.isArray(value) && value.some((one) => isDeepStrictEqual(one, edit.item))
        return isIn === (edit.how === 'add')
      })
      if (states.length === 0) return 'partly'
      return states.every(Boolean) ? true : states.some(Boolean) ? 'partly' : false
    }
    case 'delete':
      return object?.metadata.uid !== change.ref.uid
    case 'scale':
      return valueAt(object, ['spec', 'replicas']) === change.after
    case 'subresource': {
      const all = valueAt(object, ['spec', 'ephemeralContainers'])
      return Array.isArray(all) && all.some((one) => (one as { name?: unknown }).name === change.container.name)
    }
    case 'evict':
      return object?.metadata.uid !== change.ref.uid
  }
}

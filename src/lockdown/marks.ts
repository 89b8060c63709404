import { isMarked, markEdit } from '../change/lockdown-mark.ts'
import type { ExistingRef, PatchChange } from '../change/plan.ts'
import { metaOf, type Raw } from '../isolation/raw.ts'
import type { LockdownOptions, LockdownScene, PartPlan } from './model.ts'
import type { Naming } from './network/policies.ts'
import { labelKeys, wantedLevels } from './pods-labels.ts'

/**
 * A part with the plan's mark on the object whose fields it rests on: where it changes them, and where an earlier lockdown has, whose undo
 * would open it. For Git nothing is marked.
 */
export function marked<P extends PartPlan>(
  part: P,
  scene: LockdownScene,
  options: LockdownOptions,
  { planId, createdAt, names }: Naming & { createdAt: string },
): P {
  const rests = restsOn(part, scene, options)
  if (!rests || names === 'readable' || options.selector) return part
  const mark = markEdit(planId, createdAt, rests.fields)
  const changes = part.changes.map((change) =>
    change.do === 'patch' ? { ...change, edits: [...change.edits, mark] } : change,
  )
  if (changes.length > 0 || !isMarked(rests.raw)) return { ...part, changes }
  const why = 'has the undo of an earlier lockdown leave what this one rests on'
  const change: PatchChange = { id: `${part.part}-mark`, do: 'patch', why, ref: rests.ref, edits: [mark] }
  return { ...part, changes: [change] }
}

type Rests = { raw: Raw; ref: ExistingRef; fields: string[] }

function restsOn({ part }: PartPlan, scene: LockdownScene, { level }: LockdownOptions): Rests | undefined {
  if (part === 'pods') {
    const { name, uid } = metaOf(scene.namespace)
    const ref = { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', name, uid }
    const wanted = wantedLevels(level, 'latest')
    return { raw: scene.namespace, ref, fields: Object.keys(wanted).flatMap((mode) => labelKeys(mode)) }
  }
  const account = scene.accounts.find((raw) => metaOf(raw).name === 'default')
  if (part !== 'tokens' || level === 'baseline' || !account) return undefined
  const { name, namespace, uid } = metaOf(account)
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts', namespace, name, uid }
  return { raw: account, ref, fields: ['automountServiceAccountToken'] }
}

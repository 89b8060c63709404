import type { Change, Plan } from '../change/plan.ts'
import { valueAt } from '../change/edits.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { beyondPolicies } from './beyond.ts'
import { boundsOf, widened } from './bounds.ts'
import { bindingText, newPowers, subjectsTaken } from './kept-rights.ts'
import { newlyMeant, noLongerChosen } from './meant.ts'
import type { LockdownOptions, LockdownScene, Part } from './model.ts'
import { planPods } from './pods.ts'
import type { NamespacePromise, Promised } from './promise.ts'
import { planRights, stillHeld } from './rights.ts'
import { planTokens } from './tokens.ts'

/** What is open now although a lockdown closes it; whoever opened it. */
export type Opened = { part: Part; text: string }
type Found = { open: Opened[]; gaps: Gap[] }

/**
 * Whether a namespace is still as closed as a plan left it, told from the scene of now: the parts are planned again, and what they would still
 * change is open. What could not be read is a gap. Pure.
 */
export function openedIn(scene: LockdownScene, plan: Plan, promised: Promised, own: NamespacePromise): Found {
  const options: LockdownOptions = {
    level: promised.level,
    parts: promised.parts,
    ...(promised.selector && { selector: promised.selector }),
    asked: [],
    observed: [],
    force: true,
  }
  const lookers: Record<Part, () => { texts: string[]; gaps: Gap[] }> = {
    network: () => ({
      texts: [
        ...beyondPolicies(scene, plan, options),
        ...newlyMeant(scene, own.meant),
        ...(options.selector ? noLongerChosen(scene, options.selector, own.chosen) : []),
      ],
      gaps: scene.network.gaps,
    }),
    pods: () => {
      const gaps = about(scene, 'namespaces')
      return {
        texts:
          gaps.length > 0 ? [] : fieldsOf(planPods({ ...scene, version: promised.version }, options).changes, scene),
        gaps,
      }
    },
    tokens: () => {
      const { changes, gaps } = planTokens(scene, options, { planId: plan.id, names: 'unguessable' })
      return { texts: fieldsOf(changes, scene), gaps: [...about(scene, 'serviceaccounts'), ...gaps] }
    },
    rbac: () => rightsOf(scene, plan, options, own),
    quota: () => {
      const gaps = about(scene, 'resourcequotas')
      return { texts: gaps.length > 0 ? [] : widened(own.bounds, boundsOf(scene.quotas)), gaps }
    },
  }
  const found = promised.parts.map((part) => ({ part, ...lookers[part]() }))
  return {
    open: found.flatMap(({ part, texts }) => texts.map((text) => ({ part, text }))),
    gaps: found.flatMap(({ gaps }) => gaps),
  }
}

function rightsOf(scene: LockdownScene, plan: Plan, options: LockdownOptions, { kept }: NamespacePromise) {
  if (options.level !== 'quarantine' || options.selector) return { texts: [], gaps: [] }
  const again = planRights(scene, options, { responder: plan.user, createdAt: plan.createdAt })
  const powers = newPowers(again.holders, kept)
  const named = new Set(powers.map(({ who }) => who))
  // Accounts lose all that they have, wherever: also what is no power in the namespace.
  const others = again.changes.flatMap((change) => {
    const who = subjectsTaken(change).map(formatSubject)
    if (change.ref.kind === 'Secret') return [`Secret ${change.ref.name} has a token that does not end`]
    const rest = who.filter((one) => !named.has(one))
    return rest.length > 0 ? [`${bindingText(change.ref)} grants something to ${rest.join(', ')}`] : []
  })
  const gaps = [
    ...again.gaps,
    ...['rolebindings', 'clusterrolebindings', 'secrets'].flatMap((name) => about(scene, name)),
  ]
  const left = stillHeld({
    ...again,
    holders: again.holders.filter(({ subject }) => !named.has(formatSubject(subject))),
  })
  return { texts: [...powers.map(({ text }) => text), ...others, ...left], gaps }
}

/** What a change would still set, of an object of the scene: `LABEL is "baseline" instead of "restricted"`. */
function fieldsOf(changes: readonly Change[], scene: LockdownScene): string[] {
  return changes.flatMap((change) => {
    if (change.do !== 'patch') return []
    const raw =
      change.ref.kind === 'Namespace' ? scene.namespace : scene.accounts.find((one) => nameIn(one) === change.ref.name)
    return change.edits.flatMap((edit) => {
      if ('item' in edit) return []
      const found = valueAt(raw, edit.path)
      const is = found === undefined ? 'not set' : JSON.stringify(found)
      return [`${edit.path.at(-1) ?? ''} is ${is} instead of ${JSON.stringify(edit.after)}`]
    })
  })
}

const nameIn = (raw: Record<string, unknown>): unknown => valueAt(raw, ['metadata', 'name'])

/** What could not be read of a kind that this namespace is told by. */
function about({ gaps, namespace }: LockdownScene, resource: string): Gap[] {
  const own = nameIn(namespace)
  return gaps.filter(
    (gap) =>
      gap.resource === resource &&
      [undefined, own].includes(gap.namespace ?? (gap.resource === 'namespaces' ? gap.name : undefined)),
  )
}

import type { Engine } from '../change/engine.ts'
import type { Change } from '../change/plan.ts'
import { preflight as preflightOf } from '../change/preflight.ts'
import { preview, type Rehearsal } from '../change/preview.ts'
import type { Proofs } from './proofs.ts'
import type { CutPod, Prepared } from './request.ts'
import { helperContainer } from './sever.ts'

type Draft = Omit<Prepared, 'cut'>

/**
 * Takes the second way to cut connections where the first would be refused, and leaves out what is optional and would be refused:
 * the cut itself rests on neither. What was left out is in the notes of the plan.
 */
export async function withFallbacks(engine: Engine, draft: Draft, proofs: Map<string, Proofs>): Promise<Prepared> {
  const refusals = new Map(draft.rehearsals.flatMap(({ change, error }) => (error ? [[change, error] as const] : [])))
  const missing = new Set(
    draft.preflight.rights.filter(({ allowed, for: way }) => !allowed && way === 'apply').map(({ change }) => change),
  )
  const whyNot = (change: Change): string | undefined => {
    if (missing.has(change.id)) return 'a right is missing'
    const error = refusals.get(change.id)
    return error && !isWaiting(engine, change, error) ? error.message : undefined
  }
  const instead = new Map<string, Change>()
  const cut = new Map<string, CutPod>()
  const notes: string[] = []
  for (const [uid, entry] of proofs) {
    const { pod, canaries, sever, helper, run } = entry
    notes.push(...entry.notes)
    const why = 'do' in sever ? whyNot(sever) : undefined
    if (!('do' in sever) || !helper || why === undefined) {
      cut.set(uid, { pod, canaries, sever: 'do' in sever ? run : sever })
      continue
    }
    instead.set(sever.id, helper)
    notes.push(
      `live connections are cut by a privileged helper on the node, since no ephemeral container can be added: ${why}`,
    )
    const { namespace = '', name } = helper.ref
    cut.set(uid, { pod, canaries, sever: { way: 'node helper', namespace, pod: name, container: helperContainer } })
  }
  const changed = draft.plan.changes.map((change) => instead.get(change.id) ?? change)
  const kept = changed.filter((change) => {
    const why = change.optional ? whyNot(change) : undefined
    if (why !== undefined) notes.push(`left out, as it would be refused: ${change.why} (${why})`)
    return why === undefined
  })
  const plan = { ...draft.plan, changes: kept, notes: [...draft.plan.notes, ...new Set(notes)] }
  if (instead.size === 0 && kept.length === changed.length) return { ...draft, plan, cut }
  // What is new was not rehearsed yet.
  const rehearsals = await preview(engine, plan)
  return { ...draft, plan, cut, rehearsals, preflight: await preflightOf(engine, plan, rehearsals) }
}

// What goes into a namespace that the run itself makes cannot be rehearsed before.
function isWaiting({ stateNamespace }: Engine, change: Change, error: NonNullable<Rehearsal['error']>): boolean {
  return error.code === 'not-found' && change.do === 'create' && change.ref.namespace === stateNamespace
}

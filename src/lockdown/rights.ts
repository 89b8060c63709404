import { metaOf } from '../isolation/raw.ts'
import { subjectKey } from '../rbac/identity.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Breakage, LockdownOptions, LockdownScene, PartPlan } from './model.ts'
import { keepPart, notOfSome } from './part.ts'
import { type Holder, holdersOf } from './rights-holders.ts'
import { controlPlaneOf, isBootstrap, runsCluster } from './rights-system.ts'
import { type Left, type Removed, removalOf, type Responder } from './rights-removal.ts'

/** Who holds which power; `left`: why the quarantine does not take it. `isSystem`: all over the cluster, as what runs it. */
export type RightsHolder = Holder & { left?: Left; isSystem?: true }
export type RightsPlan = PartPlan & { holders: RightsHolder[] }

/**
 * Who can write, exec, read Secrets, change policies or act as others in the namespace, at every level; pure. At quarantine those
 * powers are taken from whom RoleBindings of the namespace name, and all that is granted to its service accounts wherever, never from
 * the responder nor from what the cluster runs by. `createdAt` as RFC 3339.
 */
export function planRights(
  scene: LockdownScene,
  options: LockdownOptions,
  { responder, createdAt }: { responder: Responder; createdAt: string },
): RightsPlan {
  const { name: namespace } = metaOf(scene.namespace)
  const plane = controlPlaneOf(scene)
  const holders = holdersOf(scene.rbac, namespace).map((holder): RightsHolder => {
    const isSystem = holder.scope === '*' && (runsCluster(holder.subject, plane) !== undefined || isBootstrap(holder))
    return isSystem ? { ...holder, isSystem } : holder
  })
  const nothing: RightsPlan = { part: 'rbac', changes: [], breaks: [], notes: [], gaps: scene.rbac.gaps, holders }
  if (options.level !== 'quarantine') return nothing
  if (options.selector) return { ...nothing, notes: [notOfSome('rights')] }
  const { bindings, tokenSecrets = [] } = scene
  if (!bindings) {
    const hides = 'what the quarantine would take: it takes no rights'
    const gap = { what: 'list rolebindings and clusterrolebindings', why: 'they were not read to the letter', hides }
    return { ...nothing, gaps: [...nothing.gaps, gap] }
  }
  const accounts = scene.accounts.map((raw) => metaOf(raw).name)
  const removal = removalOf({ namespace, holders, bindings, tokenSecrets, accounts, responder, plane, createdAt })
  return {
    ...nothing,
    changes: removal.changes,
    breaks: breaksOf(removal.removed, options),
    notes: removal.notes,
    holders: holders.map((holder) => {
      const left = removal.left(holder)
      return left === undefined ? holder : { ...holder, left }
    }),
  }
}

const mostHeld = 5

/** Who goes on holding powers in a namespace in quarantine, each once, and what to do; nothing where that is only the responder and the control plane. */
export function stillHeld({ holders }: RightsPlan): string[] {
  const held = holders.filter(({ left, isSystem }) => left?.by && !isSystem)
  const bySubject = [...Map.groupBy(held, ({ subject }) => subjectKey(subject)).values()]
  const shown = bySubject.slice(0, mostHeld).flatMap((all) => {
    const powers = new Set(all.flatMap((one) => one.powers))
    const bindings = new Set(all.flatMap(({ left }) => left?.by ?? []))
    return all[0] ? [`${formatSubject(all[0].subject)} (${[...powers].join(', ')}; ${[...bindings].join(', ')})`] : []
  })
  if (shown.length === 0) return []
  const more = bySubject.length > mostHeld ? ` and ${bySubject.length - mostHeld} more (-o json)` : ''
  return [`rights stay with ${shown.join(', ')}${more}: take whoever should not have them out of these bindings`]
}

function breaksOf(removed: readonly Removed[], options: LockdownOptions): Breakage[] {
  const bySubject = Map.groupBy(removed, ({ subject }) => subjectKey(subject))
  const keep = keepPart('rbac', options)
  return [...bySubject.values()].flatMap((all): Breakage[] => {
    const [first] = all
    if (!first) return []
    const { kind, name, namespace = '' } = first.subject
    return [
      {
        part: 'rbac',
        what: 'right',
        of: { kind, namespace, name },
        text: `${formatSubject(first.subject)} loses ${all.map(({ role, where }) => `${role}${where}`).join(', ')}`,
        certainty: 'certain',
        evidence: all.map(({ ref, role }) => ({
          how: 'declared',
          what: `${ref.kind} ${ref.name}, ${role}`,
          ref,
          at: 'subjects',
        })),
        ...(keep === undefined ? {} : { keep }),
      },
    ]
  })
}

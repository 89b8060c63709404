import { openPass, type PassOptions, type Trust } from '../audit-log/pass.ts'
import type { LogSource } from '../audit-log/read/sources.ts'
import type { RbacIndex } from '../rbac/rbac-index.ts'
import { apiVersion, type Gap, type Snapshot } from '../snapshot/snapshot.ts'
import { type Credits, creditsOf } from './credit.ts'
import { type GrantRow, grantRows } from './grant-row.ts'
import { Blindness } from './hidden.ts'
import { knownOf } from './inferred.ts'
import { Judge, type Judged, type Verdict } from './judge.ts'
import { type NarrowedReport, narrowedReport } from './narrowed-report.ts'
import { type Narrowed, narrow } from './narrow.ts'
import { limitsOf, unusedNotes } from './limits.ts'
import { UseBook } from './uses.ts'
import { type Grant, userOf, World } from './world.ts'

const order: readonly Verdict[] = ['unused', 'partly', 'unknown', 'used']

/** What is granted, and was not used in a log. */
export type UnusedReport = { apiVersion: typeof apiVersion; kind: 'UnusedReport' } & Omit<Trust, 'coverage'> & {
    /** What the rights were read from, and of when: of manifests nobody knows. */
    rbac: { source: Snapshot['source']['kind']; taken?: string }
    grants: GrantRow[]
    /** Grants of the control plane to itself, and what everybody has by default: they are not judged. */
    leftOut: number
    /** Present where it was asked for. */
    narrowed?: NarrowedReport
  }

export type UnusedOptions = Pick<PassOptions, 'policy' | 'since' | 'until' | 'onProgress'> & {
  /** The grants that the question is about. */
  isWanted: (grant: Grant) => boolean
  /** Whether to narrow them. */
  narrow?: boolean
}

/**
 * Holds an audit log against RBAC, in one pass over the log and memory that does not grow with it. Throws SecureError('usage') where a path
 * cannot be used at all.
 */
export async function unusedReport(
  source: LogSource | readonly LogSource[],
  { snapshot, index }: { snapshot: Snapshot; index: RbacIndex },
  { isWanted, narrow: wantsNarrow = false, ...options }: UnusedOptions,
): Promise<{ report: UnusedReport; narrowed?: Narrowed }> {
  const { batches, trust } = openPass(source, { ...options, asked: [], all: true })
  const world = new World(index)
  const book = new UseBook(world, knownOf(snapshot))
  for await (const requests of batches) for (const request of requests) book.see(request)
  const { coverage: _, ...made } = trust()
  const uses = book.uses
  const credits = creditsOf(uses)
  const granting = world.grants.filter(({ bound }) => (bound.role?.rules.length ?? 0) > 0)
  const wanted = granting.filter(isWanted)
  const judged = judgedOf(wanted, credits, book, made.read.events, options.policy)
  const gaps: Gap[] = [...made.gaps, ...snapshot.gaps, ...book.gaps(), ...limitsOf(made, options.policy)]
  const isKnown = judged.every(({ rules }) =>
    rules.every(({ unknown, whole }) => unknown.length === 0 && whole === undefined),
  )
  const { source: from } = snapshot
  const narrowed = wantsNarrow ? narrow(judged, world.grants, snapshot) : undefined
  return {
    report: {
      apiVersion,
      kind: 'UnusedReport',
      ...made,
      gaps,
      complete: gaps.length === 0 && isKnown,
      notes: [...made.notes, ...snapshot.notes, ...unusedNotes({ world, book, credits, judged })],
      rbac: { source: from.kind, ...(from.kind === 'bundle' && { taken: from.taken }) },
      grants: grantRows(judged).toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict)),
      leftOut: granting.length - wanted.length,
      ...(narrowed && { narrowed: narrowedReport(snapshot, narrowed, uses) }),
    },
    ...(narrowed && { narrowed }),
  }
}

function judgedOf(
  wanted: readonly Grant[],
  { byGrant, unclear }: Credits,
  book: UseBook,
  events: number,
  policy: UnusedOptions['policy'],
): Judged[] {
  const [judge, blindness] = [new Judge(), new Blindness(policy)]
  const anything = new Map<Grant, string>()
  for (const [holder, { why }] of unclear) for (const grant of holder.grants) anything.set(grant, why)
  const [tooMany] = book.gaps()
  const whyNot = events === 0 ? 'the log has no event of that time' : tooMany && `${tooMany.why}: not all are held`
  return wanted.map((grant) => {
    const { binding } = grant.bound
    const scope = binding.kind === 'ClusterRoleBinding' ? '*' : (binding.namespace ?? '')
    const seen = { subject: grant.subject, groups: book.groupsOf.get(userOf(grant.subject)) }
    return judge.judge(grant, byGrant.get(grant), blindness.of(seen, scope), whyNot ?? anything.get(grant))
  })
}

import type { Snapshot } from '../../src/snapshot/snapshot.ts'
import { inParallel } from '../../src/cluster/in-parallel.ts'
import { verifyRows } from '../../src/rbac/verify.ts'
import { Disagreement, realDifferences, reviewDifferences } from './compare.ts'
import { type Model, modelOf } from './model.ts'
import type { Question } from './questions.ts'
import { requestFor } from './real-request.ts'
import { actAs, passedAuthorization, width } from './server.ts'
import type { Stage, Staged } from './stage.ts'
import type { WorldObject } from './world.ts'

/** One question whose answers differ, or (without a question) a difference of the world as a whole. */
export type Mismatch = { question?: Question; server: string; ours: string[] }
export type Tally = {
  comparisons: number
  allowed: number
  real: number
  refused: number
  objects: number
  stale: number
}

export function emptyTally(): Tally {
  return { comparisons: 0, allowed: 0, real: 0, refused: 0, objects: 0, stale: 0 }
}

/** Puts a world up, asks the server and ourselves every question, and takes it down again. */
export async function tryWorld(
  stage: Stage,
  world: readonly WorldObject[],
  questions: readonly Question[],
  tally: Tally,
): Promise<Mismatch[]> {
  try {
    const staged = await stage.put(world)
    count(tally, world, staged)
    const found = staged.differences.map((text): Mismatch => ({ server: 'the controller', ours: [text] }))
    const suspects = await ask(stage, modelOf(staged.snapshot), questions, tally)
    if (suspects.length > 0) found.push(...(await again(stage, staged.snapshot, suspects, tally)))
    return [...found, ...(await verifySome(stage, staged.snapshot, questions, tally))]
  } finally {
    await stage.clear()
  }
}

function count(tally: Tally, world: readonly WorldObject[], { refused, aggregated }: Staged): void {
  tally.objects += world.length
  tally.refused += refused
  tally.comparisons += aggregated
}

async function ask(stage: Stage, model: Model, questions: readonly Question[], tally: Tally): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  await inParallel(
    [...questions],
    async (question) => {
      const { allowed, server, ours } = await answer(stage, model, question)
      tally.comparisons++
      if (allowed) tally.allowed++
      if (question.kind === 'real') tally.real++
      if (ours.length > 0) mismatches.push({ question, server, ours })
    },
    width,
  )
  return mismatches
}

async function answer(stage: Stage, model: Model, question: Question) {
  if (question.kind === 'review') {
    const status = await stage.server.review(question.identity, question.attributes)
    const server = `${status.allowed ? 'allowed' : 'not allowed'}: ${status.reason ?? 'no reason'}`
    return { allowed: status.allowed, server, ours: orDisagreement(() => reviewDifferences(model, question, status)) }
  }
  const { subject, groups, query, apply } = question
  const user = subject.kind === 'User' ? subject.name : `system:serviceaccount:${subject.namespace}:${subject.name}`
  const request = requestFor(query, apply)
  const got = await stage.server.send({ ...request, headers: actAs(user, groups) })
  const allowed = passedAuthorization(got)
  const server = `${request.method} ${request.path} answers ${got.status} ${got.body.slice(0, 400)}`
  return { allowed, server, ours: orDisagreement(() => realDifferences(model, question, allowed)) }
}

function orDisagreement(differences: () => string[]): string[] {
  try {
    return differences()
  } catch (error) {
    if (error instanceof Disagreement) return [error.message]
    throw error
  }
}

// Before anything is called a mismatch, it is asked again: a controller may still have been at work.
async function again(stage: Stage, before: Snapshot, suspects: Mismatch[], tally: Tally): Promise<Mismatch[]> {
  const questions = suspects.flatMap(({ question }) => (question ? [question] : []))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { snapshot } = await stage.put([])
  const still = await ask(stage, modelOf(snapshot), questions, emptyTally())
  if (snapshot.clusterRoles.length < before.clusterRoles.length)
    throw new Error('the world changed while it was asked about')
  tally.stale += suspects.length - still.length
  return still
}

// The rows of a few answers, each asked of the server as `--verify` does.
async function verifySome(
  stage: Stage,
  snapshot: Snapshot,
  questions: readonly Question[],
  tally: Tally,
): Promise<Mismatch[]> {
  const model = modelOf(snapshot)
  const mismatches: Mismatch[] = []
  const reals = questions.filter((question) => question.kind === 'real').slice(0, 3)
  for (const question of reals) {
    const { name: _, ...query } = { name: undefined, ...question.query }
    const report = await verifyRows(model.whoCan(query), async (subject, request) => {
      tally.comparisons++
      return stage.server.review({ ...subject, groups: subject.groups ?? [] }, request)
    })
    for (const gap of report.gaps) mismatches.push({ question, server: gap.why, ours: [gap.what] })
  }
  return mismatches
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { seal } from '../../../src/bundle/seal.ts'
import { askCan } from '../../../src/cli/ask-can.ts'
import type { Plan } from '../../../src/change/plan.ts'
import { askReach, askReachDiff } from '../../../src/cli/ask-reach.ts'
import { askWhoCan } from '../../../src/cli/ask-who-can.ts'
import type { SnapshotFlags } from '../../../src/cli/evidence-source.ts'
import { type Session, withCluster, withSession } from '../../../src/cli/session.ts'
import type { ConnectionOptions } from '../../../src/cluster/connect.ts'
import { collect } from '../../../src/evidence/collect.ts'
import type { CollectReport } from '../../../src/evidence/request.ts'
import type { ReachQuery } from '../../../src/network/reach-report.ts'
import { accountNamed, parseSubject, resolveSubject } from '../../../src/rbac/subject-text.ts'
import { whatCan } from '../../../src/rbac/what-can.ts'

/** Collects as the command does, and seals. */
export async function evidenceOf(
  options: ConnectionOptions,
): Promise<{ file: string; directory: string; report: CollectReport }> {
  const parent = mkdtempSync(join(tmpdir(), 'kubectl-secure-same-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  const directory = join(parent, 'case')
  const report = await withCluster(options, async (cluster) => {
    return await collect(cluster, {
      directory,
      id: 'case',
      tool: { name: 'kubectl-secure', version: '0.0.0' },
      command: ['evidence', 'collect'],
      localUser: 'tester',
      request: {
        targets: [],
        namespace: cluster.namespace,
        all: false,
        profile: 'standard',
        auditLogs: [],
        concurrency: 8,
        maxLogBytes: 1024 * 1024,
      },
    })
  })
  const { file } = await seal(directory, `${directory}.tar.gz`)
  return { file, directory, report }
}

export type Question = (flags: SnapshotFlags, options: ConnectionOptions) => Promise<Answer>
export type Answer = { complete: boolean; gaps: unknown[]; notes: string[] } & Record<string, unknown>

// What the server itself is asked, evidence cannot be: of a live cluster, too, the answer without it is compared.
const alone = (session: Session): Session => ({ namespace: session.namespace, snapshot: session.snapshot })

export function whoCanOf(verb: string, target: string, more: { namespace?: string; expand?: boolean } = {}): Question {
  return async (flags, options) =>
    await withSession(flags, options, async (session) => {
      const { namespace = session.namespace, expand = false } = more
      const typed = { verb, target, allNamespaces: more.namespace === undefined, namespace }
      return await askWhoCan(alone(session), typed, { expand, verify: false })
    })
}

export function canOf(who: string, verb: string, target: string, namespace: string): Question {
  return async (flags, options) =>
    await withSession(flags, options, async (session) => {
      const typed = { verb, target, allNamespaces: false, namespace }
      return await askCan(alone(session), typed, { subject: parseSubject(who), groups: [], verify: false })
    })
}

export function whatCanOf(who: string): Question {
  return async (flags, options) =>
    await withSession(flags, options, async (session) => {
      const typed = parseSubject(who)
      const { snapshot, index } = await session.snapshot(() => ({
        roleBindingsOf: '*',
        pods: typed.kind === 'Pod',
        named: accountNamed(typed),
      }))
      const answer = whatCan(snapshot, index, resolveSubject(typed, snapshot), [])
      return { ...answer, notes: [...answer.notes, ...snapshot.notes] }
    })
}

export function reachOf(query: ReachQuery): Question {
  return async (flags, options) => {
    const { rows, ...answer } = await askReach(flags, options, () => query)
    return { ...answer, rows: [...rows] }
  }
}

export function reachDiffOf(plan: Plan): Question {
  return async (flags, options) => ({ ...(await askReachDiff(flags, options, plan, {})) })
}

/** The answer of evidence is that of the cluster, from the archive and from its directory. Returns it. */
export async function expectSame(
  question: Question,
  evidence: { file: string; directory: string },
  options: ConnectionOptions,
): Promise<Answer> {
  const live = facts(await question({}, options))
  for (const path of [evidence.file, evidence.directory])
    expect(facts(await question({ snapshot: [path] }, {}))).toEqual(live)
  return live
}

// Gaps come in the order in which the server refused.
function facts(answer: Answer): Answer {
  const { gaps, notes, ...rest } = JSON.parse(JSON.stringify(answer)) as Answer
  const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
  return {
    ...rest,
    gaps: gaps.sort(byText),
    notes: notes.filter((note) => !note.startsWith('answered from the evidence of the case')).sort(),
  }
}

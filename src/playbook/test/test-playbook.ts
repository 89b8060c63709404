import type { apiVersion } from '../../snapshot/snapshot.ts'
import type { Registry } from '../check.ts'
import type { Read } from '../read.ts'
import type { Library } from '../stops.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { worldOf } from './fixture.ts'
import { differences } from './judge.ts'
import type { Difference, Trace } from './model.ts'
import type { WholeCase } from './read.ts'
import { runCase } from './run.ts'

export type CaseReport = { name: string; ok: boolean; differences: Difference[] } & Omit<Trace, 'entries'>
export type TestReport = { cases: CaseReport[]; coverage: Coverage }
export type PlaybookTestReport = {
  apiVersion: typeof apiVersion
  kind: 'PlaybookTestReport'
  playbooks: ({ name: string; path: string; digest: string; tests: string } & TestReport)[]
  /** Playbooks that have no tests, where none was named. */
  untested: string[]
}

/** Runs all cases of a playbook on their fixtures: nothing of a cluster is asked or changed. */
export async function testPlaybook(
  { read, library, actions }: { read: Read; library: Library; actions: Registry },
  cases: readonly WholeCase[],
): Promise<TestReport> {
  const traces: Trace[] = []
  const reports: CaseReport[] = []
  for (const { name, expect, objects, answers, outcomes } of cases) {
    const world = await worldOf(objects, `the cluster of "${name}"`)
    const trace = await runCase({ read, library, actions, world, answers, outcomes })
    traces.push(trace)
    const found = differences(trace, expect)
    const { entries: _entries, ...shown } = trace
    reports.push({ name, ok: found.length === 0, differences: found, ...shown })
  }
  return { cases: reports, coverage: coverageOf(read.playbook, traces) }
}

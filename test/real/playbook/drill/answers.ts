import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Pinned } from '../../../../src/playbook/model.ts'
import type { PlaybookRunReport } from '../../../../src/playbook/run-report.ts'

export type Drill = { namespace: Pinned; pod: Pinned; account: Pinned; plan: string }

/** What the run of a drill has staged. */
export const drillIn = (stdout: string): Drill => outputsOf(JSON.parse(stdout) as PlaybookRunReport, 'stage') as Drill

export const outputsOf = (report: PlaybookRunReport, id: string): unknown => stepOf(report, id).outputs

/** When a step began and ended, in milliseconds. */
export function timesOf(report: PlaybookRunReport, id: string): { began: number; ended: number } {
  const { began, ended } = stepOf(report, id)
  return { began: Date.parse(began ?? ''), ended: Date.parse(ended ?? '') }
}

function stepOf({ steps }: PlaybookRunReport, id: string): PlaybookRunReport['steps'][number] {
  const found = steps.find(({ step }) => step === id)
  if (!found) throw new Error(`no step ${id}`)
  return found
}

export const drillAnswers = dump({ confirm: { stage: true } })

/** All that compromised-pod asks of who answers a drill with nobody there. */
export function responseAnswers(root: string, space: string, auditLog: string): string {
  const playbook = readFileSync(join(root, 'playbooks/compromised-pod.yaml'))
  return dump({
    inputs: { namespace: space, pod: 'intruder', logs: auditLog },
    decisions: { scope: 'one', hostReached: 'no', takeRights: 'yes', mend: 'delete' },
    approvals: { sure: { by: 'ana', playbook: createHash('sha256').update(playbook).digest('hex') } },
    confirm: { cutOne: true, revoke: true, gone: 'intruder' },
  })
}

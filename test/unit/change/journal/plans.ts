import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Change, Plan } from '../../../../src/change/plan.ts'

export const planId = 'bk4f-9xzt-2mwq'
export const clusterId = '0b5f2f0e-8f0c-4c1e-9d3a-1f6f0a3a7c55'

/** A plan as isolate makes them, with other changes where some are given. */
export function plan(changes: Change[] = [], more: Partial<Plan> = {}): Plan {
  return {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Plan',
    id: planId,
    command: ['isolate', 'pod/api-0', '-n', 'shop'],
    createdAt: '2025-03-04T05:06:07.890Z',
    cluster: { id: clusterId, server: 'https://10.0.0.1:6443' },
    user: { name: 'ana', groups: ['responders'] },
    changes,
    notes: [],
    ...more,
  }
}

/** A directory that is gone after the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kubectl-secure-journal-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

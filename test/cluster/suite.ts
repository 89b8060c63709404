import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe } from 'vitest'
import { ClusterError } from './cluster-error.ts'
import type { Level } from './components.ts'
import { needed } from './needed.ts'
import { type ClusterOptions, startCluster } from './start-cluster.ts'
import type { TestCluster } from './test-cluster.ts'

export interface SuiteOptions extends Omit<ClusterOptions, 'level' | 'detach'> {
  /** More reasons not to run, such as a binary that no level needs. */
  alsoNeeded?: readonly string[]
}

/**
 * A suite on a cluster of its own, started before the first test and removed after the last. Tests get it by calling
 * the function they are handed. Without what the level needs the suite is skipped and says so; in CI it fails.
 */
export function describeWithCluster(
  level: Level,
  name: string,
  body: (cluster: () => TestCluster) => void,
  { alsoNeeded = [], ...options }: SuiteOptions = {},
): void {
  const missing = [...needed(level), ...alsoNeeded]
  describeNeeding(missing, `${name} (${level} cluster)`, () => {
    let running: TestCluster | undefined
    beforeAll(async () => {
      running = await startCluster({ ...options, level })
    }, 120_000)
    afterAll(() => running?.stop(), 60_000)
    body(() => {
      if (!running) throw new TypeError(`"${name}" asked for its cluster outside of a test`)
      return running
    })
  })
}

/** A suite that is skipped, loudly, where something it needs is missing; in CI it fails. */
export function describeNeeding(missing: readonly string[], name: string, body: () => void): void {
  if (missing.length === 0) return void describe(name, body)
  if (process.env['CI'] !== 'true') {
    recordSkipped(`${name}: ${missing.join('; ')}`)
    return void describe.skip(name, body)
  }
  describe(name, () => {
    beforeAll(() => {
      throw new ClusterError(`In CI every suite must run, and "${name}" cannot.`, { why: missing.join('\n') })
    })
    body()
  })
}

/** Says loudly that a suite did not run, and leaves a line for the test runner to repeat at the end. */
export function recordSkipped(line: string): void {
  console.warn(`did not run: ${line}`)
  const file = process.env['KUBECTL_SECURE_SKIPPED']
  if (file) appendFileSync(file, `${line}\n`)
}

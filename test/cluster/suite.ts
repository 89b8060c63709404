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
  const inCi = process.env['CI'] === 'true'
  if (missing.length > 0 && !inCi) recordSkipped(`${name} (${level} cluster): ${missing.join('; ')}`)
  describe.skipIf(missing.length > 0 && !inCi)(name, () => {
    let running: TestCluster | undefined
    beforeAll(async () => {
      if (missing.length > 0)
        throw new ClusterError(`In CI every suite must run, and "${name}" cannot.`, { why: missing.join('\n') })
      running = await startCluster({ ...options, level })
    }, 120_000)
    afterAll(() => running?.stop(), 60_000)
    body(() => {
      if (!running) throw new TypeError(`"${name}" asked for its cluster outside of a test`)
      return running
    })
  })
}

/** Says loudly that a suite did not run, and leaves a line for the test runner to repeat at the end. */
export function recordSkipped(line: string): void {
  console.warn(`did not run: ${line}`)
  const file = process.env['KUBECTL_SECURE_SKIPPED']
  if (file) appendFileSync(file, `${line}\n`)
}

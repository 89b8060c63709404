import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Bundle, readBundle } from '../../../src/bundle/read.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { collect } from '../../../src/evidence/collect.ts'
import type { CollectReport, CollectRequest } from '../../../src/evidence/request.ts'

const tool = { name: 'kubectl-secure', version: '0.0.0' }
export const standard: CollectRequest = {
  targets: [],
  namespace: 'default',
  all: false,
  profile: 'standard',
  auditLogs: [],
  concurrency: 8,
  maxLogBytes: 1024 * 1024,
}

/** A directory that is gone after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kubectl-secure-evidence-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Collects; without a request, goes on. */
export async function collectTo(
  directory: string,
  cluster: Cluster,
  request: Partial<CollectRequest> | undefined,
  engine?: Engine,
): Promise<CollectReport> {
  return await collect(cluster, {
    directory,
    engine,
    id: 'case',
    tool,
    command: ['evidence', 'collect'],
    localUser: 'tester',
    request: request && { ...standard, ...request },
  })
}

/** Seals a case, and reads it once it was found intact. */
export async function sealedBundle(directory: string): Promise<Bundle> {
  const file = `${directory}.tar.gz`
  await seal(directory, file)
  const { problems } = await verify(file)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return await readBundle(file)
}

/** The whole artefacts of a bundle, by the names that the cluster gave. */
export async function filesOf(bundle: Bundle): Promise<Map<string, { bytes: Buffer; meta: Meta }>> {
  const found = new Map<string, { bytes: Buffer; meta: Meta }>()
  for await (const { path, cut, meta, content } of bundle.artefacts()) {
    const parts: Buffer[] = []
    for await (const part of content()) parts.push(part)
    if (cut === undefined) found.set(path?.join('/') ?? '', { bytes: Buffer.concat(parts), meta })
  }
  return found
}

export type Meta = {
  path?: string
  accept?: string
  auditId?: string
  list?: { run: number; page: number; last: boolean; resourceVersion: string }
}

export const whats = ({ gaps }: CollectReport) => gaps.map(({ what }) => what)

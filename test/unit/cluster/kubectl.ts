import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { findBinary } from '../../cluster/binaries.ts'
import { recordSkipped } from '../../cluster/suite.ts'
import type { ConnectionOptions } from '../../../src/cluster/connect.ts'
import type { Setting } from './setting.ts'

export type Ran = { code: number | null; stdout: string; stderr: string }

const binary = findBinary('kubectl', 'control-plane')

/** A suite that compares with the real kubectl; skipped loudly where it is not built, and failed there in CI. */
export function describeWithKubectl(name: string, body: () => void): void {
  const run = binary !== undefined || process.env['CI'] === 'true'
  if (!run) recordSkipped(`${name}: no kubectl in the test cluster's cache (npm run cluster -- build)`)
  describe.skipIf(!run)(name, () => {
    test('kubectl is there', () => expect(binary).toBeDefined())
    body()
  })
}

/** Runs the real kubectl with nothing of this machine's own environment but PATH. */
export function kubectl(args: string[], place: Setting): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary ?? 'kubectl', args, {
      cwd: place.cwd,
      env: { ...place.env, HOME: place.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ran: Ran = { code: null, stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...ran, code }))
  })
}

const names: Partial<Record<keyof ConnectionOptions, string>> = {
  asGroups: 'as-group',
  asUid: 'as-uid',
  certificateAuthority: 'certificate-authority',
  clientCertificate: 'client-certificate',
  clientKey: 'client-key',
  tlsServerName: 'tls-server-name',
  insecureSkipTlsVerify: 'insecure-skip-tls-verify',
  requestTimeout: 'request-timeout',
}

/** The flags that say the same to kubectl. */
export function flags(options: ConnectionOptions): string[] {
  return Object.entries(options).flatMap(([key, value]) => {
    const flag = `--${names[key as keyof ConnectionOptions] ?? key}`
    return (Array.isArray(value) ? value : [value]).map((one) => `${flag}=${one}`)
  })
}

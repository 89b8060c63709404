import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { findBinary } from './binaries.ts'
import { ClusterError } from './cluster-error.ts'
import { freePort } from './ports.ts'
import { describeNeeding } from './suite.ts'

/** An object storage on loopback, with its root user. */
export type Minio = {
  endpoint: string
  port: number
  credentials: { accessKeyId: string; secretAccessKey: string }
  /** Asks it past the tool. */
  client: S3Client
  stop: () => Promise<void>
}

/** Starts MinIO on an empty folder, which goes with it; with `certs`, a folder with public.crt and private.key, over TLS. */
export async function startMinio(certs?: string): Promise<Minio> {
  const binary = findBinary('minio', 'node')
  if (binary === undefined) throw new ClusterError('MinIO is not built.', { next: 'npm run cluster -- build minio' })
  const home = mkdtempSync(join(tmpdir(), 'kubectl-secure-minio-'))
  const port = await freePort()
  const credentials = { accessKeyId: 'root', secretAccessKey: randomBytes(12).toString('hex') }
  const words = ['server', '--address', `127.0.0.1:${port}`, '--console-address', '127.0.0.1:0', join(home, 'data')]
  const child = spawn(binary, [...words, '--certs-dir', certs ?? join(home, 'certs')], {
    env: { HOME: home, MINIO_ROOT_USER: credentials.accessKeyId, MINIO_ROOT_PASSWORD: credentials.secretAccessKey },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const endpoint = `${certs === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  const stop = async () => {
    client.destroy()
    end()
    await ended
    process.off('exit', end)
    rmSync(home, { recursive: true, force: true })
  }
  for (const until = Date.now() + 30_000; ; await sleep(50)) {
    const { ok } = await fetch(`${endpoint}/minio/health/ready`).catch((error: Error) => ({ ok: isTrust(error) }))
    if (ok) return { endpoint, port, credentials, client, stop }
    if (child.exitCode === null && Date.now() < until) continue
    await stop()
    throw new ClusterError('MinIO did not become ready.')
  }
}

// That its certificate is refused says that it listens.
const isTrust = ({ cause }: Error) => /CERT|SELF_SIGNED|UNABLE_TO/.test((cause as { code?: string })?.code ?? '')

/** A suite with a MinIO of its own; skipped, loudly, where it is not built. */
export function describeWithMinio(name: string, body: (minio: () => Minio) => void): void {
  const missing = findBinary('minio', 'node') ? [] : ['minio, which "npm run cluster -- build minio" builds']
  describeNeeding(missing, name, () => {
    let running: Minio | undefined
    beforeAll(async () => {
      running = await startMinio()
    }, 60_000)
    afterAll(() => running?.stop())
    body(() => {
      if (!running) throw new TypeError(`"${name}" asked for MinIO outside of a test`)
      return running
    })
  })
}

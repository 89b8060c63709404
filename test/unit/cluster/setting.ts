import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import type { ConnectionOptions, Surroundings } from '../../../src/cluster/connect.ts'
import { authority, fakeServer } from './fake-server.ts'
import type { FakeServer, Handler } from './fake-server.ts'

/** An empty folder as home and working directory, gone after the test. */
export type Setting = Surroundings & {
  warnings: string[]
  /** Writes a file below the folder and gives its path. */
  write: (name: string, content: string, mode?: number) => string
}

export function setting(env: Record<string, string | undefined> = {}): Setting {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-cluster-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const warnings: string[] = []
  return {
    env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: '', ...env },
    cwd: folder,
    home: folder,
    interactive: false,
    warn: (line) => void warnings.push(line),
    warnings,
    write: (name, content, mode = 0o600) => {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content, { mode })
      return path
    },
  }
}

/** A server that lives as long as the test. */
export async function server(handler?: Handler, options?: Parameters<typeof fakeServer>[1]): Promise<FakeServer> {
  const started = await fakeServer(handler, options)
  onTestFinished(() => started.close())
  return started
}

export const caData = Buffer.from(authority.cert).toString('base64')

/** A kubeconfig of one cluster, one user and one context, all named `one`. */
export function kubeconfig(url: string, user: object = {}, cluster: object = {}, context: object = {}): string {
  const trust = url.startsWith('https') ? { 'certificate-authority-data': caData } : {}
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'one', cluster: { server: url, ...trust, ...cluster } }],
    users: [{ name: 'one', user }],
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one', ...context } }],
  })
}

/** connect() to a server through the whole of it: file, credentials, transport. Closed after the test. */
export async function connected(
  to: FakeServer,
  options: ConnectionOptions = {},
  around: Partial<Surroundings> & { user?: object; cluster?: object } = {},
): Promise<Cluster> {
  const { user = { token: 'test-token' }, cluster = {}, ...rest } = around
  const place = setting()
  const file = place.write('kubeconfig', kubeconfig(to.url, user, cluster))
  const connection = await connect({ kubeconfig: file, ...options }, { ...place, ...rest })
  onTestFinished(() => connection.close())
  return connection
}

import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { TestCluster } from '../../../cluster/test-cluster.ts'
import { kubectl } from '../../isolation/stage.ts'

/** The status code of the API server for a GET with this token, from outside of the cluster. */
export async function statusWith({ server, caFile }: TestCluster, token: string, path: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const options = { ca: readFileSync(caFile), headers: { Authorization: `Bearer ${token}` }, agent: false as const }
    request(`${server}${path}`, options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
      .once('error', reject)
      .end()
  })
}

/** What a thief has of a pod: its token. */
export async function stolenToken(cluster: TestCluster, space: string, pod: string): Promise<string> {
  return await kubectl(
    cluster,
    'exec',
    '-n',
    space,
    pod,
    '--',
    'cat',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
  )
}

export type Turn = { at: number; code: number }

/** Tries a token again and again, from outside: each code that it gets, once it is another one than before. */
export function watchToken(cluster: TestCluster, token: string, path: string, every = 200) {
  const turns: Turn[] = []
  const timer = setInterval(() => {
    void statusWith(cluster, token, path).then(
      (code) => void (turns.at(-1)?.code === code || turns.push({ at: Date.now(), code })),
      () => {},
    )
  }, every)
  return { turns, stop: () => clearInterval(timer) }
}

/** When the vault of a drill was spoken to, by its own log, and from which address and port. */
export async function beatsOf(cluster: TestCluster, space: string): Promise<{ at: number; from: string }[]> {
  const log = await kubectl(cluster, 'logs', '-n', space, 'vault', '--timestamps')
  return [...log.matchAll(/^(\S+) .*HTTP request from (\S+)$/gm)].map(([, at = '', from = '']) => ({
    at: Date.parse(at),
    from,
  }))
}

/** The token in a Secret. */
export async function keyOf(cluster: TestCluster, space: string, name: string): Promise<string> {
  const packed = await kubectl(cluster, 'get', 'secret', name, '-n', space, '-o', 'jsonpath={.data.token}')
  return Buffer.from(packed, 'base64').toString()
}

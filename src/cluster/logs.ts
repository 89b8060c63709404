import type { Readable } from 'node:stream'
import { Bounded } from './bounded.ts'
import type { Cluster } from './cluster.ts'
import { podPath } from './object-path.ts'

export type LogRequest = {
  namespace: string
  pod: string
  container: string
  /** Of the container's run before this one. */
  previous?: boolean
  limitBytes?: number
  sinceSeconds?: number
  timestamps?: boolean
  /** Goes on with what the container writes from now on; destroy the stream to end it. */
  follow?: boolean
}

/**
 * The log of a container as the bytes come; hostile text. Throws SecureError, `server` for a container that has no log yet (400).
 * The stream ends in a SecureError when it is cut short. Needs `get` on pods/log.
 */
export async function podLogs(cluster: Cluster, request: LogRequest): Promise<Readable> {
  const { namespace, pod, container, ...options } = request
  const query = Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `&${name}=${value}`)
  const path = `${podPath(namespace, pod)}/log?container=${encodeURIComponent(container)}${query.join('')}`
  const name = `logs (pods/log) of pod ${pod} of namespace ${namespace}, container ${container}`
  const { body } = await cluster.stream({ path, name, maySleep: request.follow === true })
  return body
}

/** The first `maxBytes` of a log as text, and whether there is more. Throws SecureError, as {@link podLogs}. */
export async function readLogs(
  cluster: Cluster,
  request: Omit<LogRequest, 'limitBytes' | 'follow'>,
  maxBytes: number,
): Promise<{ text: string; truncated: boolean }> {
  // One byte more than is kept tells whether there is more.
  const body = await podLogs(cluster, { ...request, limitBytes: maxBytes + 1 })
  const kept = new Bounded(maxBytes)
  for await (const piece of body as AsyncIterable<Buffer>) {
    kept.add(piece)
    if (kept.cut) break // Leaving the loop ends the stream, should the server send more than was asked for.
  }
  return { text: kept.bytes().toString('utf8'), truncated: kept.cut }
}

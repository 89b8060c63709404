import type { Cluster, Request } from '../cluster/cluster.ts'
import { parse } from '../cluster/encode.ts'
import { SecureError } from '../errors.ts'
import { type Answers, requestKey } from './bundle-answers.ts'
import { Unrecorded } from './unrecorded.ts'

/** A cluster that says again what it said when a bundle was taken of it: discovery and reviews. Everything else it cannot. */
export function bundleCluster(answers: Answers, bodies: Map<string, Buffer>, namespace: string): Cluster {
  const request = (asked: Request): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> => {
    const key = requestKey(asked.method, asked.path)
    const body = bodies.get(answers.answer(key)?.file ?? '')
    if (body) return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body })
    const gap = answers.gap(key)
    if (gap?.code === 'forbidden') return Promise.reject(new SecureError('forbidden', gap.why))
    return Promise.reject(new Unrecorded(gap?.why ?? `${key}: it is not in the bundle`))
  }
  const never = () => Promise.reject(new TypeError('a bundle is no server'))
  return {
    server: '',
    namespace,
    request,
    json: async <T>(asked: Request): Promise<T> => parse(asked, await request(asked)) as T,
    stream: never,
    webSocket: never,
    close: () => {},
  }
}

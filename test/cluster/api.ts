import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { ClusterError } from './cluster-error.ts'

export interface ApiAnswer {
  status: number
  body: string
}

/** A few requests as the instance's administrator: starting kubectl for each of them would cost a second in all. */
export interface AdminApi {
  /** Any request; status 0 if the server cannot be reached. */
  send(method: string, path: string, object?: unknown, type?: string): Promise<ApiAnswer>
  /** Whether a path answers 200. */
  has(path: string): Promise<boolean>
  /** Creates an object; one that is there already is left as it is. */
  create(path: string, object: unknown): Promise<void>
  close(): void
}

/** Opens the API of an instance, with the certificates in its pki folder. */
export function openApi(pki: string, port: number): AdminApi {
  const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFileSync(join(pki, file)))
  const agent = new Agent({ keepAlive: true, ca, cert, key })
  const send: AdminApi['send'] = (method, path, object, type = 'application/json') =>
    new Promise((resolve) => {
      const headers = object === undefined ? {} : { 'content-type': type }
      const call = request({ host: '127.0.0.1', port, method, path, headers, agent, timeout: 5000 }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', (error) => resolve({ status: 0, body: error.message }))
      })
      call.on('timeout', () => call.destroy(new Error('no answer in 5 s')))
      call.on('error', (error) => resolve({ status: 0, body: error.message }))
      call.end(object === undefined ? undefined : JSON.stringify(object))
    })
  return {
    send,
    has: async (path) => (await send('GET', path)).status === 200,
    create: async (path, object) => {
      const { status, body } = await send('POST', path, object)
      if (status !== 201 && status !== 409) throw new ClusterError(`POST ${path} answered ${status}.`, { why: body })
    },
    close: () => agent.destroy(),
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { boundObject, readerObject } from './objects.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

/** A Status, with a message that a server under an attacker's hand might send. */
export const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    json(
      response,
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'no \u001b[31mway', code: status },
      status,
      headers,
    )

const discovery = (group: string, resources: object[]) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  items: [{ metadata: { name: group }, versions: [{ version: 'v1', resources }] }],
})

/** A small API server that behaves: jane may read secrets. */
export const good: Answer = (request, response, body) => {
  const path = new URL(request.url ?? '', 'http://x').pathname
  const last = path.slice(path.lastIndexOf('/') + 1)
  const lists: Record<string, [string, object[]]> = {
    clusterroles: ['ClusterRoleList', [readerObject]],
    clusterrolebindings: ['ClusterRoleBindingList', [boundObject('b', 'jane')]],
    roles: ['RoleList', []],
    rolebindings: ['RoleBindingList', []],
  }
  const list = lists[last]
  if (path === '/api')
    return json(
      response,
      discovery('', [{ resource: 'secrets', scope: 'Namespaced', responseKind: { kind: 'Secret' } }]),
    )
  if (path === '/apis') return json(response, discovery('apps', []))
  if (list) return json(response, { kind: list[0], metadata: { resourceVersion: '1' }, items: list[1] })
  if (last === 'selfsubjectrulesreviews')
    return json(response, { kind: 'SelfSubjectRulesReview', status: { incomplete: false } }, 201)
  if (last.endsWith('reviews')) {
    const { kind } = JSON.parse(body) as { kind: string }
    return json(response, { kind, status: { allowed: false } }, 201)
  }
  return refuse(404)(request, response, body)
}

/** The good server, but for the requests whose URL matches. */
export const but =
  (url: RegExp, answer: Answer): Answer =>
  (request, response, body) =>
    (url.test(request.url ?? '') ? answer : good)(request, response, body)

/** Runs a server for one test; returns its URL, and the requests it saw. */
export async function serve(answer: Answer): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push(request.url ?? '')
      answer(request, response, Buffer.concat(chunks).toString())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

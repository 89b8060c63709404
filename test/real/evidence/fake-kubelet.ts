import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { issue } from '../../unit/cluster/certificates.ts'

/**
 * Listens where an API server asks a kubelet, for logs alone: what really goes wrong behind it is what it makes of that. `node` is the object that
 * sends it there.
 */
export async function fakeKubelet(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ node: object; close(): void }> {
  const own = issue({ name, hosts: ['127.0.0.1'] })
  const server = createServer({ cert: own.cert, key: own.key }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    node: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

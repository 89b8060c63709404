import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Cluster, OpenWebSocket } from '../../../../src/cluster/cluster.ts'

/**
 * A cluster without nodes, on which commands in canaries and logs of scripts are answered as a node with a working enforcer
 * would: controls reach each other, and the twin (whose address ends in `.1`, see kubelet.ts) reaches and is reached by nobody.
 */
export function pretended(cluster: Cluster): Cluster {
  return {
    ...cluster,
    webSocket: async (request) => {
      const { pathname, searchParams } = new URL(request.path, 'https://cluster')
      const [address = ''] = (searchParams.getAll('command')[2] ?? '').split(':')
      const isControl = pathname.includes('-control-')
      return answered(address === '127.0.0.1' || (isControl && !address.endsWith('.1')))
    },
    stream: async (request) => {
      const { pathname, searchParams } = new URL(request.path, 'https://cluster')
      if (!pathname.endsWith('/log')) return await cluster.stream(request)
      const isRelease = `${pathname} ${searchParams.get('container')}`.includes('release')
      const text = `@kubectl-secure ${isRelease ? 'release' : 'cut'} 1\n${isRelease ? '@released' : '@cut'} eth0\n@end\n`
      return { status: 200, headers: {}, body: Readable.from([Buffer.from(text)]) }
    },
  }
}

const success = { status: 'Success' }
const failure = {
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '1' }] },
}

function answered(connects: boolean): OpenWebSocket {
  const socket = new EventEmitter()
  const say = (channel: number, text: string) =>
    socket.emit('message', Buffer.concat([Buffer.of(channel), Buffer.from(text)]))
  const closed = new Promise<number>((resolve) => {
    Object.assign(socket, {
      resume: () => {
        if (!connects) say(2, 'TIMEOUT\n')
        say(3, JSON.stringify(connects ? success : failure))
        resolve(1000)
      },
    })
  })
  return { socket: socket as unknown as WebSocket, closed }
}

import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'

// Runs in the network namespace of a pod, the node or a machine outside: asks all that its first argument, a file, lists for its second, a
// name, at once, and prints an answer a line. `refused` is an answer too: something on the way or at the end sent it.
export type Ask = { id: string; by: 'tcp' | 'udp' | 'dns' | 'api'; address: string; port: number; token?: string }
export type Answer = 'yes' | 'no' | 'refused' | `${number}`

const [file = '', name = ''] = process.argv.slice(2)
const asks = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Ask[]>)[name] ?? []
const patience = 1500

// A query for the address of kubernetes.default.svc.cluster.local.
const query = Buffer.concat([
  Buffer.from('123401000001000000000000', 'hex'),
  ...['kubernetes', 'default', 'svc', 'cluster', 'local'].map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  ),
  Buffer.from('0000010001', 'hex'),
])
const ways: Record<Ask['by'], (ask: Ask, end: (answer: Answer) => void) => void> = {
  tcp({ address, port }, end) {
    const socket = connect({ host: address, port })
    socket.on('connect', () => end('yes'))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'no'))
  },
  udp: (ask, end) => datagram(ask, Buffer.from('hostname'), end),
  dns: (ask, end) => datagram(ask, query, end),
  api({ address, port, token = '' }, end) {
    const headers = { authorization: `Bearer ${token}` }
    const path = '/api/v1/namespaces/default'
    const sent = request({ host: address, port, path, headers, rejectUnauthorized: false }, ({ statusCode = 0 }) =>
      end(`${statusCode}`),
    )
    sent.on('error', () => end('no'))
    sent.end()
  },
}

await Promise.all(
  asks.map(
    (ask) =>
      new Promise<void>((resolve) => {
        const end = (answer: Answer) => {
          process.stdout.write(`${JSON.stringify([ask.id, answer])}\n`)
          resolve()
        }
        let isOver = false
        const once = (answer: Answer) => {
          if (isOver) return
          isOver = true
          end(answer)
        }
        setTimeout(() => once('no'), patience)
        ways[ask.by](ask, once)
      }),
  ),
)
process.exit(0)

function datagram({ address, port }: Ask, text: Buffer, end: (answer: Answer) => void): void {
  const socket = createSocket('udp4')
  socket.on('message', () => end('yes'))
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'no'))
  socket.connect(port, address, () => socket.send(text))
}

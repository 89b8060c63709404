import { createSocket } from 'node:dgram'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'

// Runs in the network namespace of a pod, as a process of it would: serves and talks as its first argument, a file, says for its second, a
// name, until the file `stop` is beside it. What each flow has heard stands in `NAME.heard`, JSON, all the time.
export type Flow = {
  id: string
  address?: string
  port: number
  kind: 'tcp-serve' | 'tcp-talk' | 'udp-hear' | 'udp-talk'
}
/** `ended`: how often a connection that stood was ended. */
export type Heard = Record<string, { bytes: number; connected: number; ended: number }>

const [folder = '', name = ''] = process.argv.slice(2)
const flows = (JSON.parse(readFileSync(`${folder}/flows`, 'utf8')) as Record<string, Flow[]>)[name] ?? []
const heard: Heard = {}
const everyMs = 20

for (const flow of flows) {
  heard[flow.id] = { bytes: 0, connected: 0, ended: 0 }
  if (flow.kind === 'tcp-serve') createServer((socket) => talk(flow, socket)).listen(flow.port, '::')
  else if (flow.kind === 'tcp-talk') dial(flow)
  else if (flow.kind === 'udp-hear') hear(flow)
  else send(flow)
}
setInterval(() => {
  if (existsSync(`${folder}/stop`)) process.exit(0)
  writeFileSync(`${folder}/${name}.new`, JSON.stringify(heard))
  renameSync(`${folder}/${name}.new`, `${folder}/${name}.heard`)
}, 50)

// Both ends send all the time, so that each sees when the other is cut off.
function talk({ id }: Flow, socket: Socket): void {
  const own = heard[id]
  if (!own) return
  own.connected += 1
  const timer = setInterval(() => socket.write('x'), everyMs)
  socket.on('data', (data) => (own.bytes += data.length))
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(timer)
    own.ended += 1
  })
}

// Malware comes back: whoever is cut off tries again for ever.
function dial(flow: Flow): void {
  const socket = connect({ host: flow.address ?? '', port: flow.port })
  const timer = setTimeout(() => socket.destroy(), 2_000)
  socket.on('connect', () => {
    clearTimeout(timer)
    talk(flow, socket)
  })
  socket.on('error', () => {})
  socket.on('close', () => setTimeout(() => dial(flow), 100))
}

function hear({ id, port }: Flow): void {
  const socket = createSocket({ type: 'udp6' }, (data) => {
    const own = heard[id]
    if (own) own.bytes += data.length
  })
  socket.bind(port, '::')
}

function send(flow: Flow): void {
  const { address = '', port } = flow
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  let ended = false
  // It is connected, so that SOCK_DESTROY knows it; whoever is cut off tries again with another one.
  const end = () => {
    if (ended) return
    ended = true
    clearInterval(timer)
    socket.close()
    setTimeout(() => send(flow), 100)
  }
  const timer = setInterval(() => socket.send('x', (error) => error && end()), everyMs)
  socket.on('error', end)
  socket.connect(port, address)
}

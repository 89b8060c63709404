import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

// Runs in the network namespace of a pod, a node or a machine outside: tries all that its first argument, a file, lists for
// its second, a source. A refusal is an answer: it came from the other end. Silence is what a policy leaves.
type Target = { id: string; from?: string; address: string; protocol: 'TCP' | 'UDP'; port: number }

const [file = '', source = '', timeout = '1000'] = process.argv.slice(2)
const plan = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Target[]>
const patience = Number(timeout)

const results = await Promise.all(
  (plan[source] ?? []).map(async (target) => {
    const reached = await (target.protocol === 'TCP' ? tryTcp(target) : tryUdp(target))
    return `${target.id} ${reached ? 'yes' : 'no'}`
  }),
)
process.stdout.write(`${results.join('\n')}\n`)
process.exit(0)

function tryTcp({ address, port, from }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(from ? { localAddress: from } : {}) })
    const end = (reached: boolean) => {
      socket.destroy()
      resolve(reached)
    }
    setTimeout(() => end(false), patience)
    socket.on('connect', () => end(true))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'))
  })
}

function tryUdp({ address, port, from }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    let ended = false
    const end = (reached: boolean) => {
      if (ended) return
      ended = true
      socket.close()
      resolve(reached)
    }
    setTimeout(() => end(false), patience)
    socket.on('message', () => end(true))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'))
    // Only a connected socket hears of a port that is closed.
    socket.on('connect', () => socket.send('hostname'))
    socket.bind(from === undefined ? {} : { address: from }, () => socket.connect(port, address))
  })
}

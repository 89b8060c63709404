import { connect, Server, type Socket } from 'node:net'

// Started inside the node's network namespace by `startForwarder`, which hands it a socket that listens outside.
process.once('message', (port: number, server: unknown) => {
  if (!(server instanceof Server)) throw new TypeError('forward: no listening socket was handed over')
  server.on('connection', (outside: Socket) => {
    const inside = connect(port, '127.0.0.1')
    for (const [one, other] of [[inside, outside] as const, [outside, inside] as const]) {
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  process.send?.('forwarding', () => process.disconnect())
})

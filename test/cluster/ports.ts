import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { ClusterError, failedWith } from './cluster-error.ts'

/** Listens on a free port of 127.0.0.1, below the range that outgoing connections take theirs from. */
export async function listenOnFreePort(): Promise<{ server: Server; port: number }> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(20_000, 30_000)
    const server = createServer()
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      })
      return { server, port }
    } catch (error) {
      if (!failedWith(error, 'EADDRINUSE')) throw error
    }
  }
  throw new ClusterError('No free port found between 20000 and 30000 on 127.0.0.1.')
}

/** A port that is free now, for a program that opens it itself. */
export async function freePort(): Promise<number> {
  const { server, port } = await listenOnFreePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}

import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from 'node:net'
import { ClusterError } from './cluster-error.ts'
import { type Instance, updateRecord } from './instance.ts'
import { identityOf } from './process-identity.ts'

/**
 * Lets the host reach a port of the node's network without an interface or a route on the host: a socket belongs to
 * the network namespace it was opened in, so one that listens on the host's loopback is handed to a process inside.
 */
export async function startForwarder(
  instance: Instance,
  enter: readonly string[],
  server: Server,
  port: number,
): Promise<void> {
  const argv = [...enter, process.execPath, join(import.meta.dirname, 'forward.ts')]
  const [command = '', ...args] = argv
  const log = openSync(join(instance.dir, 'log', 'forwarder.log'), 'a')
  const child = spawn(command, args, {
    cwd: instance.dir,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // Node flags of a test runner are not for this process.
    env: { PATH: process.env['PATH'], HOME: join(instance.dir, 'home') },
  })
  closeSync(log)
  const identity = child.pid === undefined ? undefined : identityOf(child.pid)
  if (identity)
    updateRecord(instance, ({ processes }) => ({ processes: [...processes, { name: 'forwarder', identity }] }))
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new ClusterError(`The forwarder ended with code ${code}.`)))
    child.send(port, server, (error) => error && reject(error))
  })
  child.unref()
  server.close() // ours; the one that was handed over goes on
}

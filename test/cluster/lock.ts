import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ClusterError } from './cluster-error.ts'

/**
 * Runs something while no other process that asks for the same lock does. The kernel holds the lock for a helper that
 * ends with us, so that a killed process never leaves a lock behind.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const helper = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting = setTimeout(onWait, 500)
  const ended = once(helper, 'exit')
  try {
    await new Promise<void>((resolve, reject) => {
      helper.once('error', (cause) =>
        reject(new ClusterError('flock cannot be run.', { next: 'install util-linux.', cause })),
      )
      helper.once('exit', (code) => reject(new ClusterError(`flock ${file} ended with code ${code}.`)))
      helper.stdout.once('data', () => resolve())
    })
    clearTimeout(waiting)
    return await work()
  } finally {
    clearTimeout(waiting)
    helper.stdin.end()
    if (helper.pid !== undefined) await ended
  }
}

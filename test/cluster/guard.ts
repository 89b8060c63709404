import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Instance } from './instance.ts'

export interface Guard {
  /** Ends the guard without touching the instance. */
  release(): Promise<void>
}

/**
 * Starts a small process that removes the instance as soon as this one ends, in whatever way: Ctrl-C, a kill -9 or a
 * crash all close the pipe it reads from. No signal handler of a test runner is in its way.
 */
export function startGuard(instance: Instance): Guard {
  const script = '[ "$(head -n 1)" = release ] || exec "$0" "$@"'
  const remove = [process.execPath, join(import.meta.dirname, 'remove-instance.ts'), instance.name, instance.dir]
  const guard = spawn('/bin/sh', ['-c', script, ...remove], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  })
  guard.unref()
  guard.stdin.on('error', () => {}) // it may have been killed; `reapStale` of the next cluster is left then
  // A pipe of Node keeps the process alive unless told otherwise; its type does not say that it is a socket.
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  const ended = once(guard, 'exit')
  return {
    release: async () => {
      guard.ref()
      guard.stdin.end('release\n')
      await ended
    },
  }
}

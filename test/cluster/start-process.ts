import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError } from './cluster-error.ts'
import { type Instance, updateRecord } from './instance.ts'
import { identityOf } from './process-identity.ts'
import { tail } from './run.ts'

/** A part of the cluster that was started, with the file its output goes to. */
export interface Component {
  name: string
  log: string
  child: ChildProcess
}

/** Starts a part of the cluster on its own (it outlives us unless it is ended) and records it at once. */
export function startProcess(instance: Instance, name: string, argv: readonly string[], env = {}): Component {
  const log = join(instance.dir, 'log', `${name}.log`)
  const [command = '', ...args] = argv
  const output = openSync(log, 'a')
  // HOME is the instance's: nothing reads a kubeconfig, a cache or a credential of whoever runs this.
  const home = join(instance.dir, 'home')
  const child = spawn(command, args, {
    cwd: instance.dir,
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'], LANG: 'C', HOME: home, ...env },
  })
  closeSync(output)
  child.on('error', () => {}) // a missing command is noticed by `waitFor`, as the component's end
  child.unref()
  const identity = child.pid === undefined ? undefined : identityOf(child.pid)
  if (identity) updateRecord(instance, (record) => ({ processes: [...record.processes, { name, identity }] }))
  return { name, log, child }
}

/** Waits until a check holds; fails with the end of the log as soon as one of the components it needs has ended. */
export async function waitFor(
  what: string,
  check: () => Promise<boolean>,
  needs: readonly Component[],
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await check())) {
    const ended = needs.find(({ child }) => child.pid === undefined || child.exitCode !== null || child.signalCode)
    if (ended) throw componentError(`${ended.name} ended before ${what}.`, ended)
    if (Date.now() > deadline) {
      const waited = needs.at(-1)
      const message = `${what}: not within ${timeoutMs / 1000} s.`
      throw waited ? componentError(message, waited) : new ClusterError(message)
    }
    await sleep(50)
  }
}

function componentError(what: string, component: Component): ClusterError {
  const said = tail(readFileSync(component.log, 'utf8')) || '(nothing)'
  return new ClusterError(what, { why: `The last ${component.name} wrote:\n${said}` })
}

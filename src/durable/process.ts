import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process and not just its number, as far as the system tells: pids are reused, and each host and container has its own. */
export type ProcessIdentity = {
  pid: number
  host: string
  /** /etc/machine-id: hosts may share a name, and a home directory. */
  machine?: string
  /** Of Linux: the boot, the pid namespace, and the start time in ticks since the boot. */
  boot?: string
  namespace?: string
  start?: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const facts = {
    machine: attempt(() => readFileSync('/etc/machine-id', 'utf8').trim()),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    start: stateOf('self')?.start,
  }
  const known = Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== '')
  return { pid: process.pid, host: hostname(), ...Object.fromEntries(known) }
}

/** Whether that process has surely ended: one on another host, or in another container, never has as far as we can tell. */
export function hasEnded(other: ProcessIdentity, self: ProcessIdentity = ownIdentity()): boolean {
  if (other.host !== self.host || other.machine !== self.machine) return false
  if (other.boot !== self.boot) return other.boot !== undefined && self.boot !== undefined
  if (other.namespace !== self.namespace) return false
  const now = stateOf(String(other.pid))
  // A zombie writes no more.
  if (now && other.start !== undefined) return now.start !== other.start || now.state === 'Z'
  return !answers(other.pid)
}

/** State and start time of a process: proc_pid_stat(5). Undefined where there is none, or no /proc. */
function stateOf(pid: string): { state: string; start: string } | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name in parentheses may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], fields?.[19]]
  return state === undefined || start === undefined ? undefined : { state, start }
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

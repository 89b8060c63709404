import { readFileSync } from 'node:fs'

/** A process and not just its number: pids are reused, a pid with its start time within one boot is not. */
export interface ProcessIdentity {
  pid: number
  startTime: string
  boot: string
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** State and start time of a process (proc_pid_stat(5)), or undefined if there is none. */
function stat(pid: number): { state: string; startTime: string } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name in parentheses may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
}

/** The identity of a process that runs now; undefined if it has ended already. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const now = stat(pid)
  return now && { pid, startTime: now.startTime, boot: bootId() }
}

/** Whether this very process still runs; a zombie has ended. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = stat(identity.pid)
  return now !== undefined && now.state !== 'Z' && now.startTime === identity.startTime && bootId() === identity.boot
}

/** Ends this very process, and never one that took over its number. */
export function killProcess(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    // It ended between the look and the signal.
  }
}

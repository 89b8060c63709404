import { type Rule, within } from '../check.ts'
import type { Json } from '../edit.ts'

/** Sysctls that are the pod's own and harm nobody else, by the version that took them up. */
export const sysctls0: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
])
export const sysctls27: ReadonlySet<string> = new Set([...sysctls0, 'net.ipv4.ip_local_reserved_ports'])
export const sysctls29: ReadonlySet<string> = new Set([
  ...sysctls27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
])
export const sysctls32: ReadonlySet<string> = new Set([...sysctls29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'])
export const sysctls37: ReadonlySet<string> = new Set([
  ...sysctls32,
  'net.ipv4.tcp_slow_start_after_idle',
  'net.ipv4.tcp_notsent_lowat',
])

/** Source: check_sysctls.go. */
export function sysctls(allowed: ReadonlySet<string>): Rule {
  return (pod) => {
    const bad = pod.sysctls.filter(({ name }) => !allowed.has(name))
    if (bad.length === 0) return undefined
    const kept = pod.sysctls.filter(({ name }) => allowed.has(name)).map(({ raw }) => raw as Json)
    const path = within(pod, 'sysctls')
    return {
      reason: 'forbidden sysctls',
      detail: bad.map(({ name }) => name).join(', '),
      paths: bad.map((one) => one.path),
      fix: { edits: [kept.length > 0 ? { path, value: kept } : { path }], risky: true },
    }
  }
}

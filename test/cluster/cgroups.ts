import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failedWith } from './cluster-error.ts'
import type { Instance } from './instance.ts'

const root = '/sys/fs/cgroup'

/** The cgroup of an instance. Two kubelets in one would each remove the pods of the other as orphans. */
export const cgroupOf = (instance: Instance): string => `/kubectl-secure-${instance.name}`

/** The instance's cgroup folders: one on cgroup v2, one for each controller on v1. */
function folders(instance: Instance): string[] {
  const unified = existsSync(join(root, 'cgroup.controllers'))
  const hierarchies = unified ? [''] : readdirSync(root, { withFileTypes: true }).filter((e) => e.isDirectory())
  return hierarchies.map((entry) => join(root, typeof entry === 'string' ? entry : entry.name, cgroupOf(instance)))
}

/** Makes the instance's cgroups: the kubelet does not start if its root is missing in any hierarchy. */
export function makeCgroups(instance: Instance): void {
  const controllers = join(root, 'cgroup.controllers')
  if (existsSync(controllers)) {
    const all = readFileSync(controllers, 'utf8').trim().split(' ')
    writeFileSync(join(root, 'cgroup.subtree_control'), all.map((name) => `+${name}`).join(' '))
  }
  for (const folder of folders(instance)) mkdirSync(folder, { recursive: true })
}

/** Removes the instance's cgroups, once its processes have ended. */
export async function removeCgroups(instance: Instance): Promise<void> {
  for (const folder of folders(instance)) {
    // The last processes of a killed namespace leave their cgroup a moment after they have ended.
    for (let attempt = 0; !removeTree(folder) && attempt < 100; attempt++) await sleep(50)
  }
}

/** Removes a cgroup and those below it; false while one is still in use. Its files are the kernel's and go with it. */
function removeTree(folder: string): boolean {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const removed = below.map((entry) => removeTree(join(folder, entry.name)))
    if (removed.includes(false)) return false
    rmdirSync(folder)
    return true
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return true
    if (failedWith(error, 'EBUSY')) return false
    throw error
  }
}

import { isAbsolute, join } from 'node:path'
import { SecureError } from '../../errors.ts'

// A cluster says itself what its id is, so it becomes a path only as what a uid can be: no dots, no slashes, one case.
const clusterId = /^[0-9a-z](?:[0-9a-z-]{0,62}[0-9a-z])?$/
const planId = /^[a-z0-9]{4}(?:-[a-z0-9]{4}){2}$/

export const isClusterId = (text: string): boolean => clusterId.test(text)
export const isPlanId = (text: string): boolean => planId.test(text)

/** Where the journals are: XDG_STATE_HOME, where it is absolute (the XDG specification ignores others), else ~/.local/state. */
export function stateDirectory(env: Record<string, string | undefined>, home: string): string {
  const state = env['XDG_STATE_HOME']
  return join(state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state'), 'kubectl-secure')
}

/** The directory of a cluster's journals. Throws SecureError `usage` for an id that is none. */
export function clusterDirectory(stateDir: string, id: string): string {
  if (!isClusterId(id)) throw new SecureError('usage', `${JSON.stringify(id)} is not the id of a cluster`)
  return join(stateDir, id)
}

/** The journal of a plan. Throws SecureError `usage` for an id that is none. */
export function journalPath(stateDir: string, cluster: string, plan: string): string {
  if (!isPlanId(plan)) {
    throw new SecureError('usage', `${JSON.stringify(plan)} is not the id of a plan`, {
      hint: 'It has three groups of four letters and digits; `kubectl secure status` lists those there are.',
    })
  }
  return join(clusterDirectory(stateDir, cluster), `${plan}.jsonl`)
}

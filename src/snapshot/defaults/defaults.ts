import type { ApiResource } from '../../cluster/discovery.ts'
import { decodeRole } from '../decode.ts'
import type { Role } from '../objects.ts'

/** The resources a Kubernetes 1.34 server has before any are added: for questions asked without discovery. */
export async function defaultResources(): Promise<ApiResource[]> {
  const { default: resources } = await import('./resources.data.json', { with: { type: 'json' } })
  return resources
}

/** The ClusterRole that Kubernetes 1.34 creates under this name, or undefined. */
export async function defaultClusterRole(name: string): Promise<Role | undefined> {
  const { default: roles } = await import('./cluster-roles.data.json', { with: { type: 'json' } })
  const found = roles.find(({ metadata }) => metadata.name === name)
  return found ? decodeRole(found, 'ClusterRole') : undefined
}

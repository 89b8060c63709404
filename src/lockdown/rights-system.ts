import { metaOf } from '../isolation/raw.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { LockdownScene } from './model.ts'
import type { Holder } from './rights-holders.ts'

/** By whom a cluster says that it is run; what could not be read is absent, and then taken to be there. */
export type ControlPlane = {
  /** Accounts of controllers, by name; those that there are in kube-system; and nodes. */
  controllers: ReadonlySet<string>
  accounts?: ReadonlySet<string>
  nodes?: ReadonlySet<string>
}

/** Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy, and the API server's own client of itself. */
const users = new Set([
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
])
const controllerPrefix = 'system:controller:'
const systemNamespace = 'kube-system'

export function controlPlaneOf({ rbac, network }: Pick<LockdownScene, 'rbac' | 'network'>): ControlPlane {
  // Each controller's binding bears the name of its account.
  const controllers = rbac.clusterRoleBindings.flatMap(({ name, subjects }) => {
    const account = name.startsWith(controllerPrefix) ? name.slice(controllerPrefix.length) : undefined
    const isIts = (one: Subject) =>
      one.kind === 'ServiceAccount' && one.namespace === systemNamespace && one.name === account
    return account !== undefined && subjects.some(isIts) ? [account] : []
  })
  const named = (kind: string, namespace: string) => {
    if (network.unread.includes(kind)) return undefined
    const found = network.objects.filter((raw) => raw['kind'] === kind && raw['apiVersion'] === 'v1').map(metaOf)
    return new Set(found.filter((meta) => meta.namespace === namespace).map(({ name }) => name))
  }
  const [accounts, nodes] = [named('ServiceAccount', systemNamespace), named('Node', '')]
  return { controllers: new Set(controllers), ...(accounts && { accounts }), ...(nodes && { nodes }) }
}

/** Why a subject is what the cluster runs by: its exact name, and that there is such an account or node. Others that look alike are none. */
export function runsCluster({ kind, name, namespace }: Subject, plane: ControlPlane): string | undefined {
  if (kind === 'Group' && name === 'system:masters')
    return 'the API server allows this group everything, without asking RBAC'
  if (kind === 'Group' && name === 'system:nodes') return 'nodes are in it'
  if (kind === 'User' && users.has(name)) return 'the control plane acts as it'
  const node = kind === 'User' && name.startsWith('system:node:') ? name.slice('system:node:'.length) : undefined
  if (node !== undefined && (plane.nodes?.has(node) ?? true)) return 'it is a node'
  const isController = kind === 'ServiceAccount' && namespace === systemNamespace && plane.controllers.has(name)
  return isController && (plane.accounts?.has(name) ?? true) ? 'a controller of the cluster acts as it' : undefined
}

/** A controller that does not run has no account, and its own binding all the same. */
export function isBootstrap({ subject, chain }: Holder): boolean {
  const { kind, name, namespace } = subject
  const isSystem = kind === 'ServiceAccount' && namespace === systemNamespace
  return isSystem && chain.every(({ binding }) => binding.name === `${controllerPrefix}${name}`)
}

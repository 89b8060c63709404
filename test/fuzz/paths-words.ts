/** The words of escalations: few, so that rights meet. The first two namespaces of the stage are used. */
export const places = ['fuzz-a', 'fuzz-b'] as const
/** Where attacks try what is of a namespace. */
export const attacked = [...places, 'kube-system']
export const users = ['alice', 'bob', 'carol']
export const groups = ['devs', 'ops']
export const accounts = [
  { namespace: 'fuzz-a', name: 'robot' },
  { namespace: 'fuzz-a', name: 'worker' },
  { namespace: 'fuzz-b', name: 'robot' },
]
export const missingAccounts = [
  { namespace: 'fuzz-a', name: 'gone' },
  { namespace: 'fuzz-b', name: 'gone' },
]
/** The one of the cluster's own accounts that has everything by one move: its role lets it fill any ClusterRole. */
export const controller = { namespace: 'kube-system', name: 'clusterrole-aggregation-controller' }
/** And the user who may have a token of each account. */
export const controllerUser = 'system:kube-controller-manager'
export const controllerRole = 'system:controller:clusterrole-aggregation-controller'
/** Secrets that are there: tokens of `robot`, and one that is none. */
export const secrets = [
  { namespace: 'fuzz-a', name: 'key', account: 'robot' },
  { namespace: 'fuzz-a', name: 'plain' },
  { namespace: 'fuzz-b', name: 'key', account: 'robot' },
]
/** Names that rights are narrowed to, and nothing has. */
export const freeSecret = 'mine'
export const freeName = 'new'
export const lostName = 'lost'
/** Names that rights on bindings are narrowed to. */
export const bindingNames = ['binding-0', 'binding-1', 'binding-2', freeName]

/** Names that rights on roles are narrowed to: some of them there, of one kind or the other. */
export const roleNames = ['role-0', 'role-1', lostName, freeName, 'cluster-admin', 'system:basic-user']

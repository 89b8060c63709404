import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { collectionPath, objectPath } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { listAt, type Raw } from './raw.ts'

/** One kind of object: where it is, and what its lists leave out. */
export type Kind = { apiVersion: string; kind: string; resource: string }

/** Reads of one cluster for a plan. What cannot be read is a gap, and an empty answer. */
export type Getter = {
  /** Throws SecureError, `not-found` too. */
  one(kind: Kind, namespace: string | undefined, name: string): Promise<Raw>
  /** Undefined where it does not exist or cannot be read. */
  maybe(kind: Kind, namespace: string | undefined, name: string, hides: string): Promise<Raw | undefined>
  /** Without a namespace: of all of them. `hides`: what the lack of it hides; without it a refusal is an error. */
  all(kind: Kind, namespace: string | undefined, options?: { query?: string; hides?: string }): Promise<Raw[]>
  /** As `all`, but of each object its metadata alone: the contents of Secrets are none of our business. */
  heads(kind: Kind, namespace: string | undefined, options: { query: string; hides: string }): Promise<Raw[]>
}

export const kinds = {
  pods: { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  services: { apiVersion: 'v1', kind: 'Service', resource: 'services' },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces' },
  nodes: { apiVersion: 'v1', kind: 'Node', resource: 'nodes' },
  accounts: { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts' },
  secrets: { apiVersion: 'v1', kind: 'Secret', resource: 'secrets' },
  configMaps: { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
  controllers: { apiVersion: 'v1', kind: 'ReplicationController', resource: 'replicationcontrollers' },
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
  replicaSets: { apiVersion: 'apps/v1', kind: 'ReplicaSet', resource: 'replicasets' },
  statefulSets: { apiVersion: 'apps/v1', kind: 'StatefulSet', resource: 'statefulsets' },
  daemonSets: { apiVersion: 'apps/v1', kind: 'DaemonSet', resource: 'daemonsets' },
  jobs: { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs' },
  cronJobs: { apiVersion: 'batch/v1', kind: 'CronJob', resource: 'cronjobs' },
  networkPolicies: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
  roleBindings: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', resource: 'rolebindings' },
  clusterRoleBindings: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    resource: 'clusterrolebindings',
  },
  roles: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', resource: 'roles' },
  clusterRoles: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', resource: 'clusterroles' },
  mutatingWebhooks: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    resource: 'mutatingwebhookconfigurations',
  },
  validatingWebhooks: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    resource: 'validatingwebhookconfigurations',
  },
} as const satisfies Record<string, Kind>

export function getterOf(cluster: Cluster, gaps: Gap[]): Getter {
  const gap = ({ resource }: Kind, verb: string, namespace: string | undefined, error: SecureError, hides: string) => {
    const where = namespace === undefined ? '' : ` in ${namespace}`
    gaps.push({
      what: `${verb} ${resource}${where}`,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      why: error.message,
      hides,
    })
  }
  // Objects in a list leave out their own kind; in an answer of their own it is what was asked for.
  const one: Getter['one'] = async (kind, namespace, name) => {
    const path = objectPath({ ...kind, namespace, name })
    return { ...(await cluster.json<Raw>({ path })), apiVersion: kind.apiVersion, kind: kind.kind }
  }
  const named =
    ({ apiVersion, kind }: Kind) =>
    (raw: Raw): Raw => ({ ...raw, apiVersion, kind })
  const orGap = async (
    kind: Kind,
    namespace: string | undefined,
    hides: string | undefined,
    read: () => Promise<Raw[]>,
  ) => {
    try {
      return await read()
    } catch (error) {
      if (hides === undefined || !isBearable(error)) throw error
      if (error.code !== 'not-found') gap(kind, 'list', namespace, error, hides)
      return []
    }
  }
  return {
    one,
    async maybe(kind, namespace, name, hides) {
      try {
        return await one(kind, namespace, name)
      } catch (error) {
        if (!isBearable(error)) throw error
        if (error.code !== 'not-found') gap(kind, 'get', namespace, error, hides)
        return undefined
      }
    },
    async all(kind, namespace, { query, hides } = {}) {
      const path = `${collectionPath({ ...kind, namespace })}${query === undefined ? '' : `?${query}`}`
      // RBAC lists would come in a form that leaves out what a patch has to name.
      const wanted = kind.apiVersion.startsWith('rbac.') ? {} : { kind: `${kind.kind}List` }
      return await orGap(kind, namespace, hides, async () => (await list(cluster, path, named(kind), wanted)).items)
    },
    async heads(kind, namespace, { query, hides }) {
      const headers = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
      const path = `${collectionPath({ ...kind, namespace })}?${query}`
      return await orGap(kind, namespace, hides, async () =>
        listAt(await cluster.json<Raw>({ path, headers }), 'items').map(named(kind)),
      )
    },
  }
}

// One kind that is refused, not served after all, or whose API server is down, must not hold up the cut.
function isBearable(error: unknown): error is SecureError {
  return error instanceof SecureError && ['forbidden', 'not-found', 'server', 'bad-answer'].includes(error.code)
}

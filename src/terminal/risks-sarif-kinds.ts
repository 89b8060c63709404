const rbac = 'rbac.authorization.k8s.io/v1'
const admission = 'admissionregistration.k8s.io/v1'

/** The API that each kind is of which findings are about. */
export const groupVersions: Record<string, string | undefined> = {
  __proto__: null as never,
  Role: rbac,
  ClusterRole: rbac,
  RoleBinding: rbac,
  ClusterRoleBinding: rbac,
  Pod: 'v1',
  Secret: 'v1',
  Namespace: 'v1',
  ServiceAccount: 'v1',
  ReplicationController: 'v1',
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  MutatingWebhookConfiguration: admission,
  ValidatingWebhookConfiguration: admission,
}

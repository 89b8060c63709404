/** The annotations that make a service account a role of the cloud: EKS (IRSA), GKE and Azure (workload identity). */
export const cloudRoles = [
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'azure.workload.identity/client-id',
]

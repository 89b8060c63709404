import type { Cluster } from './cluster.ts'

/** Who the API server takes the caller for (authentication.k8s.io/v1 SelfSubjectReview, Kubernetes 1.28 and later). */
export async function whoAmI(cluster: Cluster): Promise<{ user: string; groups: string[] }> {
  const review = await cluster.json<{ status?: { userInfo?: { username?: string; groups?: string[] } } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  return { user: review.status?.userInfo?.username ?? '', groups: review.status?.userInfo?.groups ?? [] }
}

import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'

export type ResourceAttributes = {
  verb: string
  group?: string
  version?: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}
export type NonResourceAttributes = { verb: string; path: string }
export type ReviewSubject = { user?: string; groups?: string[]; uid?: string }
export type ReviewStatus = { allowed: boolean; denied?: boolean; reason?: string; evaluationError?: string }

export type ResourceRule = { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames: string[] }
export type NonResourceRule = { verbs: string[]; nonResourceURLs: string[] }
export type RulesReview = {
  /** True when an authorizer cannot list its rules (webhook, node): what is missing is then unknown, not denied. */
  incomplete: boolean
  evaluationError?: string
  resourceRules: ResourceRule[]
  nonResourceRules: NonResourceRule[]
}

const base = '/apis/authorization.k8s.io/v1'

/** Asks the API server whether `subject` may do something; nothing is stored. Needs `create` on subjectaccessreviews. */
export async function subjectAccessReview(
  cluster: Cluster,
  subject: ReviewSubject,
  attributes: ResourceAttributes | NonResourceAttributes,
): Promise<ReviewStatus> {
  return review(cluster, 'SubjectAccessReview', { ...subject, ...attributesOf(attributes) })
}

/** Asks the API server whether we ourselves may do something. Every authenticated user may ask this. */
export async function selfSubjectAccessReview(
  cluster: Cluster,
  attributes: ResourceAttributes | NonResourceAttributes,
): Promise<ReviewStatus> {
  return review(cluster, 'SelfSubjectAccessReview', attributesOf(attributes))
}

/** What we ourselves may do in a namespace, as far as the authorizers can list it. */
export async function selfSubjectRulesReview(cluster: Cluster, namespace: string): Promise<RulesReview> {
  const status = await post<Partial<RulesReview>>(cluster, 'SelfSubjectRulesReview', { namespace })
  const { resourceRules, nonResourceRules } = status
  return {
    incomplete: status.incomplete === true,
    ...(status.evaluationError && { evaluationError: status.evaluationError }),
    resourceRules: (resourceRules ?? []).map((rule) => ({
      verbs: rule.verbs ?? [],
      apiGroups: rule.apiGroups ?? [],
      resources: rule.resources ?? [],
      resourceNames: rule.resourceNames ?? [],
    })),
    nonResourceRules: (nonResourceRules ?? []).map((rule) => ({
      verbs: rule.verbs ?? [],
      nonResourceURLs: rule.nonResourceURLs ?? [],
    })),
  }
}

function attributesOf(attributes: ResourceAttributes | NonResourceAttributes): Record<string, unknown> {
  return 'path' in attributes ? { nonResourceAttributes: attributes } : { resourceAttributes: attributes }
}

async function review(cluster: Cluster, kind: string, spec: Record<string, unknown>): Promise<ReviewStatus> {
  const status = await post<ReviewStatus>(cluster, kind, spec)
  if (typeof status.allowed !== 'boolean') throw badReview(kind)
  return status
}

async function post<T>(cluster: Cluster, kind: string, spec: Record<string, unknown>): Promise<T> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec }
  const path = `${base}/${kind.toLowerCase()}s`
  const answer = await cluster.json<{ kind?: string; status?: T | null } | null>({ method: 'POST', path, body })
  if (answer?.kind !== kind || answer.status === null || typeof answer.status !== 'object') throw badReview(kind)
  return answer.status
}

function badReview(kind: string): SecureError {
  return new SecureError('bad-answer', `POST ${base}/${kind.toLowerCase()}s: the answer is not a ${kind} with a status`)
}

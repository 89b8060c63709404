import type { Query } from './query.ts'
import { matchIgnoringNames, matchRule } from './rule-match.ts'

/** Someone whom the cluster allows this without any RBAC object saying so. */
export type ImplicitGrant = { kind: 'Group'; name: string; scope: string; why: string }

/** The implicit rows of a query: they hold in every cluster with the default authorizers, and no binding shows them. */
export function implicitGrants(query: Query): ImplicitGrant[] {
  const grants: ImplicitGrant[] = [
    {
      kind: 'Group',
      name: 'system:masters',
      scope: '*',
      why: 'the API server allows this group everything, without asking RBAC',
    },
  ]
  const limit = nodeLimit(query)
  if (limit !== undefined) {
    grants.push({
      kind: 'Group',
      name: 'system:nodes',
      scope: '*',
      why: `the Node authorizer allows kubelets ${limit}`,
    })
  }
  return grants
}

/** What limits a kubelet's right to this request, or undefined where the Node authorizer does not give it. */
export function nodeLimit(query: Query): string | undefined {
  for (const { groups, resources, verbs, limit } of nodeRules) {
    const rule = { verbs, apiGroups: groups, resources, resourceNames: [], nonResourceURLs: [] }
    const matched = 'path' in query ? matchRule(rule, query) : matchIgnoringNames(rule, query)
    if (matched) return limit
  }
  return undefined
}

const read = ['get', 'list', 'watch']
const used = 'this for the objects that pods on their node use, one by one'
const own = 'this for their own node only'
const free = 'this'

// Facts from plugin/pkg/auth/authorizer/node and bootstrappolicy.NodeRules, Kubernetes 1.34, default feature gates.
const nodeRules: { groups: string[]; resources: string[]; verbs: string[]; limit: string }[] = [
  { groups: [''], resources: ['secrets', 'configmaps'], verbs: read, limit: used },
  { groups: [''], resources: ['persistentvolumeclaims', 'persistentvolumes'], verbs: ['get'], limit: used },
  { groups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['update', 'patch'], limit: used },
  { groups: [''], resources: ['serviceaccounts'], verbs: ['get'], limit: used },
  {
    groups: [''],
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    limit: 'this for the service accounts of pods on their node',
  },
  { groups: [''], resources: ['pods'], verbs: read, limit: 'this for the pods on their node' },
  {
    groups: [''],
    resources: ['pods'],
    verbs: ['create', 'delete'],
    limit: 'this (NodeRestriction: mirror pods of their own node)',
  },
  {
    groups: [''],
    resources: ['pods/status'],
    verbs: ['update', 'patch'],
    limit: 'this (NodeRestriction: pods on their node)',
  },
  {
    groups: [''],
    resources: ['pods/eviction'],
    verbs: ['create'],
    limit: 'this (NodeRestriction: pods on their node)',
  },
  { groups: [''], resources: ['nodes'], verbs: read, limit: own },
  {
    groups: [''],
    resources: ['nodes', 'nodes/status'],
    verbs: ['update', 'patch'],
    limit: 'this (NodeRestriction: their own node)',
  },
  { groups: [''], resources: ['nodes'], verbs: ['create'], limit: 'this (NodeRestriction: their own node)' },
  { groups: [''], resources: ['services'], verbs: read, limit: free },
  { groups: [''], resources: ['endpoints'], verbs: ['get'], limit: free },
  { groups: [''], resources: ['events'], verbs: ['create', 'update', 'patch'], limit: free },
  { groups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'], limit: free },
  {
    groups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews', 'localsubjectaccessreviews'],
    verbs: ['create'],
    limit: free,
  },
  {
    groups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
    verbs: ['create', ...read],
    limit: free,
  },
  {
    groups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'create', 'update', 'patch', 'delete'],
    limit: 'this for their own lease in kube-node-lease',
  },
  { groups: ['storage.k8s.io'], resources: ['volumeattachments'], verbs: ['get'], limit: used },
  { groups: ['storage.k8s.io'], resources: ['csidrivers'], verbs: read, limit: free },
  {
    groups: ['storage.k8s.io'],
    resources: ['csinodes'],
    verbs: ['get', 'create', 'update', 'patch', 'delete'],
    limit: own,
  },
  { groups: ['node.k8s.io'], resources: ['runtimeclasses'], verbs: read, limit: free },
  { groups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['get'], limit: used },
  {
    groups: ['resource.k8s.io'],
    resources: ['resourceslices'],
    verbs: [...read, 'create', 'update', 'patch', 'delete', 'deletecollection'],
    limit: own,
  },
]

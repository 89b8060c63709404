/** A controller that does with its own rights what others write into its objects. */
export type Operator = {
  group: string
  resources: string[]
  namespaced: boolean
  /** The label by which its pods are known, as its own manifests have it. */
  pod: [key: string, value: string]
  /** Its account, as it applies objects of any kind; or pods, of which any account of the namespace can be asked for. */
  gives: 'account' | 'pods'
  /** Its objects count in its own namespace alone. */
  ownNamespace?: true
  /** What may be set to forbid it. */
  unless: string
}

/**
 * Those of which it is written in their own manifests and documentation; others are not looked at. Of the External Secrets Operator and cert-manager
 * nothing: what they write are secrets of a store or an issuer, of which no API object says what they open.
 */
export const operators: Operator[] = [
  // argo-cd manifests/base/application-controller; argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup
  {
    group: 'argoproj.io',
    resources: ['applications'],
    namespaced: true,
    pod: ['app.kubernetes.io/name', 'argocd-application-controller'],
    gives: 'account',
    ownNamespace: true,
    unless: 'the AppProject of the Application must allow it',
  },
  // fluxcd/kustomize-controller config/manager; fluxcd.io/flux/installation/configuration/multitenancy
  {
    group: 'kustomize.toolkit.fluxcd.io',
    resources: ['kustomizations'],
    namespaced: true,
    pod: ['app', 'kustomize-controller'],
    gives: 'account',
    unless: 'Flux must not be set to use the accounts of tenants (--default-service-account)',
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    resources: ['helmreleases'],
    namespaced: true,
    pod: ['app', 'helm-controller'],
    gives: 'account',
    unless: 'Flux must not be set to use the accounts of tenants (--default-service-account)',
  },
  // docs.crossplane.io: a Composition composes resources of any kind, with the rights that Crossplane was given
  {
    group: 'apiextensions.crossplane.io',
    resources: ['compositions'],
    namespaced: false,
    pod: ['app', 'crossplane'],
    gives: 'account',
    unless: 'a composite resource of its kind must be there, or be its to create',
  },
  // argo-workflows manifests/base/workflow-controller; argo-workflows.readthedocs.io/en/latest/service-accounts
  {
    group: 'argoproj.io',
    resources: ['workflows', 'cronworkflows'],
    namespaced: true,
    pod: ['app', 'workflow-controller'],
    gives: 'pods',
    unless: 'the controller must manage the namespace, and not restrict workflows to templates',
  },
  // argo-rollouts manifests/base/argo-rollouts-deployment.yaml: a Rollout has a pod template
  {
    group: 'argoproj.io',
    resources: ['rollouts'],
    namespaced: true,
    pod: ['app.kubernetes.io/name', 'argo-rollouts'],
    gives: 'pods',
    unless: 'the controller must manage the namespace',
  },
  // tekton.dev/docs/pipelines/taskruns: spec.serviceAccountName; the security context of steps
  {
    group: 'tekton.dev',
    resources: ['taskruns', 'pipelineruns'],
    namespaced: true,
    pod: ['app', 'tekton-pipelines-controller'],
    gives: 'pods',
    unless: 'the controller must manage the namespace',
  },
]

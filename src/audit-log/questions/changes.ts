import { type AuditRequest, queryOf } from '../request.ts'
import { each } from './each.ts'
import { type Question, resourceWords } from './question.ts'

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']

type Change = Pick<Question, 'id' | 'title' | 'severity' | 'attack' | 'blind'> & {
  verbs?: string[]
  groups: string[]
  resources: string[]
  subresource?: string
  namespace?: string
}

/** A question about writes to some resources. */
function change({ verbs = writes, groups, resources, subresource, namespace, ...question }: Change): Question {
  return each({
    ...question,
    words: resourceWords(...(subresource === undefined ? resources : [subresource])),
    about: groups.map((group) => ({
      verbs,
      group,
      resources,
      ...(subresource !== undefined && { subresource }),
      ...(namespace !== undefined && { namespace }),
    })),
    match: (request) => {
      const part = subresource === undefined ? '' : `/${subresource}`
      return `${request.verb || 'change'} ${request.object?.resource}${part}${isDryRun(request) ? ' (dry run)' : ''}`
    },
  })
}

/** Whether the client asked for nothing to be stored. */
export function isDryRun(request: AuditRequest): boolean {
  return queryOf(request).has('dryRun')
}

export const rbacChanges = change({
  id: 'rbac-changes',
  title: 'Who changed roles and bindings?',
  severity: 'high',
  attack: ['T1098.006'],
  groups: ['rbac.authorization.k8s.io'],
  resources: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'],
  blind: 'what the role or binding said, below level Request',
})

export const csrApprovals = change({
  id: 'csr-approvals',
  title: 'Who approved client certificates?',
  severity: 'high',
  attack: ['T1649'],
  verbs: ['update', 'patch'],
  groups: ['certificates.k8s.io'],
  resources: ['certificatesigningrequests'],
  subresource: 'approval',
  blind: 'certificates signed with a stolen CA key',
})

export const webhookChanges = change({
  id: 'webhook-changes',
  title: 'Who changed admission webhooks and policies?',
  severity: 'high',
  attack: ['T1562.001', 'T1546'],
  groups: ['admissionregistration.k8s.io'],
  resources: [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
  ],
})

export const secretsChanged = change({
  id: 'secrets-changed',
  title: 'Who wrote or deleted secrets?',
  severity: 'medium',
  attack: ['T1485', 'T1098'],
  groups: [''],
  resources: ['secrets'],
})

/** Events are served by two groups, and a deletion in one is one in both. */
export const eventsDeleted = change({
  id: 'events-deleted',
  title: 'Who deleted events?',
  severity: 'high',
  attack: ['T1070'],
  verbs: ['delete', 'deletecollection'],
  groups: ['', 'events.k8s.io'],
  resources: ['events'],
})

export const podsDeleted = change({
  id: 'pods-deleted',
  title: 'Who deleted pods, and their logs with them?',
  severity: 'medium',
  attack: ['T1070', 'T1485'],
  verbs: ['delete', 'deletecollection'],
  groups: [''],
  resources: ['pods'],
})

export const cronJobs = change({
  id: 'cron-jobs',
  title: 'Who planted, changed or deleted CronJobs and Jobs?',
  severity: 'medium',
  attack: ['T1053.007'],
  groups: ['batch'],
  resources: ['cronjobs', 'jobs'],
})

/** A container more in a template is in every pod that comes of it. */
export const workloadChanges = change({
  id: 'workload-changes',
  title: 'Who changed or deleted running workloads?',
  severity: 'medium',
  attack: ['T1610', 'T1485'],
  verbs: ['update', 'patch', 'delete', 'deletecollection'],
  groups: ['apps'],
  resources: ['deployments', 'daemonsets', 'statefulsets'],
  blind: 'what was changed in them, below level Request',
})

export const serviceAccounts = change({
  id: 'service-accounts',
  title: 'Who created service accounts?',
  severity: 'low',
  attack: ['T1136'],
  verbs: ['create'],
  groups: [''],
  resources: ['serviceaccounts'],
})

export const systemPods = change({
  id: 'system-pods',
  title: 'Who created pods in kube-system?',
  severity: 'medium',
  attack: ['T1610', 'T1036.005'],
  verbs: ['create'],
  groups: [''],
  resources: ['pods'],
  namespace: 'kube-system',
})

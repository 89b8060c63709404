import { type Edit, type FieldEdit, markPrefix, quarantineLabel } from '../plan.ts'
import { fieldOf, isAt, type JudgedEdit, no } from './edits.ts'

const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const labelName = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?'
const domain = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*'
const labelKey = new RegExp(`^(?:(?=.{1,253}/)${domain}/)?${labelName}$`)

// By these a controller takes a pod as its own again, and may delete it as one too many.
const ownership = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
])

// Labels that are no names but switches: what reads them gives or takes a pod's identity, its sidecar or its policies.
const switches = [
  'azure.workload.identity',
  'cilium.io',
  'istio.io',
  'k8s.ovn.org',
  'kubernetes.azure.com',
  'kuma.io',
  'kyverno.io',
  'linkerd.io',
  'openpolicyagent.org',
  'gatekeeper.sh',
  'pod-security.kubernetes.io',
  'projectcalico.org',
  'sigstore.dev',
]

// Annotations that the tool sets so that nothing ends the pod. No other: some are read as the pod's address or its role in a cloud.
const keepers = new Set(['karpenter.sh/do-not-disrupt', 'cluster-autoscaler.kubernetes.io/safe-to-evict'])

/**
 * Whether a record may give back a label or an annotation of a pod. The tool takes labels away from pods that it has labelled as
 * quarantined, and puts nothing in their place but its own mark: a record that says anything else would make Services and
 * policies select pods by an attacker's choice. What is left of that, labels of a pod that is quarantined by this very plan, is for
 * the person who confirms the diff.
 */
export function judgePodEdit(
  edit: Edit,
  { planId, isQuarantined }: { planId: string; isQuarantined: boolean },
): JudgedEdit {
  const [metadata, map, key, ...rest] = edit.path
  if ('item' in edit || metadata !== 'metadata' || key === undefined || rest.length > 0) return no(edit)
  if (!labelKey.test(key) || Object.hasOwn(Object.prototype, key)) return no(edit, 'no key can be so')
  if (map === 'annotations') return judgeAnnotation(edit, key, planId)
  if (map !== 'labels') return no(edit)
  if (key.startsWith(markPrefix)) {
    return isOwnMark(edit, planId) ? { edit: fieldOf(edit) } : no(edit, 'it is the mark of another plan, or none')
  }
  if (switches.some((prefix) => isUnder(key, prefix)))
    return no(edit, 'it is a switch, and not a name to be selected by')
  if (!isQuarantined) return no(edit, 'the plan does not quarantine this pod, so it took no label away from it')
  const wasTaken = typeof edit.before === 'string' && labelValue.test(edit.before) && edit.after === undefined
  if (!wasTaken) return no(edit, 'the tool takes labels away, and puts nothing in their place')
  const restore = ownership.has(key) ? 'on-request' : edit.restore === 'always' ? 'unquarantined' : edit.restore
  return { edit: { ...fieldOf(edit), restore } }
}

/** Whether an edit puts the mark of the plan on a pod that did not have it. */
export function isOwnMark(edit: Edit, planId: string): boolean {
  if ('item' in edit || !isAt(edit, ['metadata', 'labels', quarantineLabel(planId)])) return false
  return edit.before === undefined && typeof edit.after === 'string' && labelValue.test(edit.after)
}

function judgeAnnotation(edit: FieldEdit, key: string, planId: string): JudgedEdit {
  if (key.startsWith(markPrefix)) {
    const isOwn = key.endsWith(planId) && edit.before === undefined && typeof edit.after === 'string'
    return isOwn ? { edit: fieldOf(edit) } : no(edit, 'it is the mark of another plan, or none')
  }
  if (!keepers.has(key)) return no(edit)
  const values = [edit.before, edit.after].filter((value) => value !== undefined)
  const arePlain = values.every((value) => typeof value === 'string' && /^[a-z0-9]{1,16}$/.test(value))
  return arePlain ? { edit: fieldOf(edit) } : no(edit, 'it never has such a value')
}

function isUnder(key: string, domainName: string): boolean {
  const [prefix = ''] = key.includes('/') ? key.split('/') : ['']
  return prefix === domainName || prefix.endsWith(`.${domainName}`)
}

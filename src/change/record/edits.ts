import { isMarkOf } from '../lockdown-mark.ts'
import type { Edit, ExistingRef, FieldEdit } from '../plan.ts'
import { judgePodEdit } from './pod-edits.ts'
import { judgeSubject } from './subject.ts'

export type JudgedEdit = { edit: Edit; mustType: string } | { edit: Edit } | { refused: string }

const invalidSince = 'kubernetes.io/legacy-token-invalid-since'

/** Whether a record may give back one field of an object of somebody else's, whose kind {@link whyNotOthers} has let through. */
export function judgeEdit(ref: ExistingRef, edit: Edit, pod: { planId: string; isQuarantined: boolean }): JudgedEdit {
  switch (ref.kind) {
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return judgeSubject(ref, edit)
    case 'Pod':
      return judgePodEdit(edit, pod)
    case 'Node':
      return judgeSwitch(edit, ['spec', 'unschedulable'])
    case 'Job':
    case 'CronJob':
      return judgeSwitch(edit, ['spec', 'suspend'])
    case 'Secret':
      return judgeTokenLabel(ref, edit)
    case 'Namespace':
      return isMarkOf(pod.planId, edit) ? { edit: fieldOf(edit) } : judgePodSecurity(ref, edit)
    case 'ServiceAccount':
      return isMarkOf(pod.planId, edit) ? { edit: fieldOf(edit) } : judgeAutomount(ref, edit)
    default:
      return no(edit)
  }
}

export function isAt(edit: Edit, path: string[]): boolean {
  return edit.path.length === path.length && edit.path.every((key, index) => key === path[index])
}

export function no({ path }: Edit, why = 'a record does not give this field back'): { refused: string } {
  return { refused: `${path.map((key) => JSON.stringify(key).slice(1, -1)).join('.')}: ${why}` }
}

// The tool turns it on. A record that has it the other way round would cordon nodes and stop jobs.
function judgeSwitch(edit: Edit, path: string[]): JudgedEdit {
  if ('item' in edit || !isAt(edit, path)) return no(edit)
  const wasOff = edit.before === undefined || edit.before === false
  return wasOff && edit.after === true
    ? { edit: fieldOf(edit) }
    : no(edit, 'the tool sets it to true, and nothing else')
}

// Source: legacytokentracking; the label makes the API server refuse the token, so without it the token is good again.
function judgeTokenLabel(ref: ExistingRef, edit: Edit): JudgedEdit {
  if ('item' in edit || !isAt(edit, ['metadata', 'labels', invalidSince])) return no(edit)
  const isDate = typeof edit.after === 'string' && /^\d{4}-\d\d-\d\d$/.test(edit.after)
  if (edit.before !== undefined || !isDate)
    return no(edit, 'the tool sets it to a day where it is not set, and nothing else')
  return { edit: fieldOf(edit), mustType: `secret:${ref.namespace}/${ref.name}` }
}

const podSecurity = /^pod-security\.kubernetes\.io\/(enforce|audit|warn)(-version)?$/
const strictness = ['privileged', 'baseline', 'restricted']
const rankOf = (level: unknown): number => (typeof level === 'string' ? strictness.indexOf(level) : -1)

// What is given back lets more pods in: a record that is made up would do just that. A lockdown only ever makes it stricter.
function judgePodSecurity(ref: ExistingRef, edit: Edit): JudgedEdit {
  const [label = ''] = edit.path.slice(2)
  const [isOne, mode, isVersion] = podSecurity.exec(label) ?? []
  if ('item' in edit || isOne === undefined || !isAt(edit, ['metadata', 'labels', label])) return no(edit)
  const { before, after } = edit
  if (isVersion !== undefined) {
    const isValue = (value: unknown) => typeof value === 'string' && /^(?:latest|v1\.\d{1,3})$/.test(value)
    if (!isValue(after) || !(before === undefined || isValue(before))) return no(edit, 'it is no Pod Security version')
  } else {
    const [was, is] = [rankOf(before), rankOf(after)]
    if (is < (mode === 'enforce' ? 2 : 1) || (before !== undefined && was < 0))
      return no(edit, 'no lockdown sets such a Pod Security level')
    if (was > is) return no(edit, 'a lockdown makes Pod Security stricter, never weaker')
  }
  return { edit: fieldOf(edit), mustType: `pod-security:${ref.name}` }
}

// Pods get the account's token again.
function judgeAutomount(ref: ExistingRef, edit: Edit): JudgedEdit {
  if ('item' in edit || !isAt(edit, ['automountServiceAccountToken'])) return no(edit)
  if (ref.name !== 'default') return no(edit, 'a lockdown changes the account default alone')
  const wasOn = edit.before === undefined || edit.before === true
  if (!wasOn || edit.after !== false) return no(edit, 'the tool turns it off, and nothing else')
  return { edit: fieldOf(edit), mustType: `token:${ref.namespace}/${ref.name}` }
}

/** The edit with what a field edit has, and no more. */
export function fieldOf({ path, restore, before, after }: FieldEdit): FieldEdit {
  return { path: [...path], restore, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
}

import { hasHostile } from '../../text/json.ts'
import type { Edit, ExistingRef } from '../plan.ts'
import { isAt, type JudgedEdit, no } from './edits.ts'
import { isMap } from './shape.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

/** Whether a record may give a subject back to a binding, and what to type for it: `sa:shop/api@rolebinding/shop/readers`. */
export function judgeSubject(ref: ExistingRef, edit: Edit): JudgedEdit {
  if (!('item' in edit) || !isAt(edit, ['subjects'])) return no(edit)
  if (edit.how !== 'remove') return no(edit, 'the tool only takes subjects away')
  const { item } = edit
  if (!isMap(item)) return no(edit, 'it is not a subject')
  const subject = subjectOf(item)
  if (subject === undefined) return no(edit, 'it is not a subject that a binding can have')
  if (isBroad(subject))
    return no(edit, `${subject} stands for everyone or for an administrator, and is never taken away`)
  // The same right can be made up for a binding that gives more, so what is typed names the binding as well.
  const binding = [ref.kind.toLowerCase(), ...(ref.namespace === undefined ? [] : [ref.namespace]), ref.name].join('/')
  const mustType = `${subject}@${binding}`
  if (hasHostile(mustType) || /\s{2}|^\s|\s$/u.test(mustType)) return no(edit, 'it cannot be typed as it is')
  return { edit: { path: ['subjects'], restore: edit.restore, how: 'remove', item: { ...item } }, mustType }
}

// As src/rbac/subject-text.ts has it. Source of the rule: ValidateRoleBindingSubject of the rbac API.
function subjectOf(item: Record<string, unknown>): string | undefined {
  const { kind, name, namespace, apiGroup, ...rest } = item
  if (Object.keys(rest).length > 0 || typeof name !== 'string' || name === '' || name.length > 1024) return undefined
  if (kind === 'ServiceAccount') {
    const isOne = typeof namespace === 'string' && namespace !== '' && (apiGroup === undefined || apiGroup === '')
    return isOne ? `sa:${namespace}/${name}` : undefined
  }
  if ((kind !== 'User' && kind !== 'Group') || namespace !== undefined || apiGroup !== rbacGroup) return undefined
  return `${kind === 'User' ? 'user' : 'group'}:${name}`
}

// All that the API server itself hands out, but for the name of one service account.
function isBroad(subject: string): boolean {
  return /^(user|group):system:/.test(subject) && !/^user:system:serviceaccount:[^:]+:[^:]+$/.test(subject)
}

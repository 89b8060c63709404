import { SecureError } from '../../errors.ts'
import { isSubject } from '../../isolation/accounts.ts'
import { getterOf } from '../../isolation/get.ts'
import { listAt, metaOf, type Raw, textAt } from '../../isolation/raw.ts'
import type { Subject } from '../../snapshot/objects.ts'
import { boundOf } from './account-tokens.ts'
import { remedial } from './remedy.ts'
import { isSubjectOf, refuseSelf, takenOut } from './revoke.ts'
import { bindingTypes, may, roleTypes } from './rights.ts'
import { subjectIn } from './subjects.ts'
import { reread, textOf } from './targets.ts'
import { pinsIn } from './values.ts'

export const bindingsRemove = remedial({
  name: 'bindings.remove',
  summary: 'Deletes bindings, or takes one subject out of them',
  with: {
    bindings: { type: 'list', required: true, about: 'RoleBindings and ClusterRoleBindings, pinned' },
    subject: { type: 'subject', about: 'only this one of their subjects' },
  },
  outputs: { bindings: { type: 'list', about: 'the bindings that are changed: pinned, with role' } },
  rights: () => [
    ...may('get patch delete create', bindingTypes),
    // Making a binding again is giving its role.
    ...may('bind', roleTypes, { optional: true }),
  ],
  async draft(context, { bindings: given, subject: typed }) {
    const [{ joined }, { removeObject }] = await Promise.all([
      import('../../remediate/joined.ts'),
      import('../../remediate/remove.ts'),
    ])
    const get = getterOf(context.engine.cluster, [])
    const pins = pinsIn('bindings.remove: bindings', given, ['RoleBinding', 'ClusterRoleBinding'])
    const raws = await Promise.all(pins.map(async (pin) => await reread(get, pin)))
    const subject = typed === undefined ? undefined : await subjectIn(typed)
    if (subject) refuseSelf(context, subject)
    else for (const raw of raws) for (const one of subjectsIn(raw)) refuseSelf(context, one)
    const changed = raws.filter((raw) => !subject || held(raw, subject).length > 0)
    const remedies = changed.map((raw) =>
      subject ? { changes: [takenOut('take-out', raw, held(raw, subject))], notes: [] } : removeObject(raw),
    )
    if (remedies.length === 0) return undefined
    return { remedy: () => joined(remedies), outputs: { bindings: changed.map(boundOf) } }
  },
})

function held(raw: Raw, subject: Subject): Raw[] {
  const { kind, namespace = '', name } = subject
  return listAt(raw, 'subjects').filter((one) =>
    kind === 'ServiceAccount' ? isSubject(one, { namespace, name }, metaOf(raw).namespace) : isSubjectOf(one, subject),
  )
}

function subjectsIn(raw: Raw): Subject[] {
  return listAt(raw, 'subjects').map((one): Subject => {
    const [kind, name] = [textAt(one, 'kind'), textAt(one, 'name')]
    if (kind === 'User' || kind === 'Group') return { kind, name }
    if (kind === 'ServiceAccount') return { kind, name, namespace: textAt(one, 'namespace') || metaOf(raw).namespace }
    throw new SecureError('usage', `${textOf({ kind: 'binding', name: metaOf(raw).name })} names a ${kind}`)
  })
}

import type { PatchChange } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import { getterOf } from '../../isolation/get.ts'
import { asJson, listAt, metaOf, type Raw, textAt } from '../../isolation/raw.ts'
import { readBindings, readTokenSecrets } from '../../isolation/read-extras.ts'
import type { Remedy } from '../../remediate/remedy.ts'
import type { Subject } from '../../snapshot/objects.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { ActionContext } from '../model.ts'
import { boundOf } from './account-tokens.ts'
import { gapOutputs, held, refuseBlind, told } from './gaps.ts'
import { remedial } from './remedy.ts'
import { bindingTypes, may, roleTypes } from './rights.ts'
import { subjectIn } from './subjects.ts'
import { textsIn } from './values.ts'

export const revoke = remedial({
  name: 'revoke',
  summary: 'Takes subjects out of every binding that names them, and makes token Secrets of accounts invalid',
  with: { subject: { type: 'list', required: true, about: 'sa:NAMESPACE/NAME, user:NAME or group:NAME, or several' } },
  outputs: {
    bindings: { type: 'list', about: 'the bindings that lose them: pinned, with role' },
    tokens: { type: 'list', about: 'Secrets whose token is made invalid, as NAMESPACE/NAME' },
    keeps: { type: 'list', about: 'what they keep, and how, as texts' },
    ...gapOutputs,
  },
  rights: () => [
    ...may('list get patch', bindingTypes),
    // Giving a subject back is giving it the role.
    ...may('bind', roleTypes, { optional: true }),
    ...may('list get patch', 'secrets', { optional: true }),
    ...may('create', 'tokenreviews.authentication.k8s.io', { optional: true }),
  ],
  async draft(context, { subject: typed }) {
    const { planRevoke } = await import('../../isolation/plan-revoke.ts')
    const { engine } = context
    const subjects = await Promise.all(textsIn('revoke: subject', typed).map(subjectIn))
    for (const one of subjects) refuseSelf(context, one)
    const accounts = subjects.flatMap(({ kind, namespace, name }) =>
      kind === 'ServiceAccount' && namespace !== undefined ? [{ namespace, name }] : [],
    )
    const gaps: Gap[] = []
    const get = getterOf(engine.cluster, gaps)
    const spaces = [...new Set(accounts.map(({ namespace }) => namespace))]
    const [bindings, ...secrets] = await Promise.all([
      readBindings(get),
      ...spaces.map(async (space) => await readTokenSecrets(get, space)),
    ])
    const ofAccounts = planRevoke({ bindings, tokenSecrets: secrets.flat() }, accounts, engine.now().toISOString())
    const others = subjects.filter(({ kind }) => kind !== 'ServiceAccount')
    const changes = [...ofAccounts.changes.filter((one) => one.do === 'patch'), ...changesOf(bindings, others)]
    const merged = mergedByObject(changes)
    // That nothing was found says nothing where nothing could be seen.
    if (merged.length === 0) refuseBlind('revoke', gaps)
    const taken = new Set(merged.map(({ ref }) => ref.uid))
    const remedy: Remedy = { changes: merged, notes: gaps.map(({ what, why }) => `not seen: ${what}: ${why}`) }
    return {
      remedy: () => remedy,
      outputs: {
        bindings: held(bindings.filter((raw) => taken.has(metaOf(raw).uid)).map(boundOf), 'bindings', gaps),
        tokens: merged.filter(({ ref }) => ref.kind === 'Secret').map(({ ref }) => `${ref.namespace}/${ref.name}`),
        keeps: ofAccounts.warnings.map(({ text }) => text),
        ...told(gaps),
      },
    }
  },
})

/** Throws SecureError `usage` where it is the responder's own right that would go. */
export function refuseSelf({ engine: { user } }: ActionContext, { kind, namespace = '', name }: Subject): void {
  const isSelf =
    kind === 'Group'
      ? user.groups.includes(name)
      : user.name === (kind === 'User' ? name : `system:serviceaccount:${namespace}:${name}`)
  if (!isSelf) return
  const who = kind === 'Group' ? `a member of ${name}` : name
  throw new SecureError('usage', `you are ${who}: you would take your own rights away`, {
    hint: 'do it as somebody else (--as, another context), who can give them back',
  })
}

export const isSubjectOf = (subject: Raw, { kind, name }: Subject): boolean =>
  textAt(subject, 'kind') === kind && textAt(subject, 'name') === name

function changesOf(bindings: readonly Raw[], subjects: readonly Subject[]): PatchChange[] {
  return bindings.flatMap((raw, index) => {
    const found = listAt(raw, 'subjects').filter((one) => subjects.some((subject) => isSubjectOf(one, subject)))
    return found.length > 0 ? [takenOut(`revoke-subject-${index + 1}`, raw, found)] : []
  })
}

/** Takes subjects out of a binding, as it names them. */
export function takenOut(id: string, raw: Raw, subjects: readonly Raw[]): PatchChange {
  const { name, namespace, uid } = metaOf(raw)
  const kind = String(raw['kind'])
  return {
    id,
    do: 'patch',
    why: `takes away what ${boundOf(raw).role} grants to ${subjects.map((one) => textAt(one, 'name')).join(', ')}`,
    risk: 'whoever else acts as them loses it too',
    ref: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      resource: `${kind.toLowerCase()}s`,
      ...(namespace !== '' && { namespace }),
      name,
      uid,
    },
    edits: subjects.map((subject) => ({
      path: ['subjects'],
      item: asJson(subject),
      how: 'remove',
      restore: 'always',
    })),
  }
}

// A binding may name an account and a group of the list: it is patched once.
function mergedByObject(changes: readonly PatchChange[]): PatchChange[] {
  const found = new Map<string, PatchChange>()
  for (const one of changes) {
    const known = found.get(one.ref.uid)
    found.set(one.ref.uid, known ? { ...known, edits: [...known.edits, ...one.edits] } : one)
  }
  return [...found.values()]
}

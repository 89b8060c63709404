import type { Change, ExistingRef } from '../change/plan.ts'
import { bindingChange, planRevoke } from '../isolation/plan-revoke.ts'
import { listAt, metaOf, type Raw, recordAt, textAt } from '../isolation/raw.ts'
import { canonicalSubject, serviceAccountGroups, subjectKey } from '../rbac/identity.ts'
import type { Subject } from '../snapshot/objects.ts'
import { type ControlPlane, runsCluster } from './rights-system.ts'
import { keptWhy, type Responder } from './rights-kept.ts'
import type { Holder } from './rights-holders.ts'

export type { Responder } from './rights-kept.ts'

/** `by`: the bindings by which others than the responder, and what runs the cluster, go on holding powers. */
export type Left = { why: string; by?: string[] }
/** One subject that is taken out of one binding. */
export type Removed = { subject: Subject; ref: ExistingRef; role: string; where: string }
export type Removal = {
  changes: Change[]
  removed: Removed[]
  notes: string[]
  /** Why a holder keeps some of what it holds; undefined where all of it goes. */
  left(holder: Holder): Left | undefined
}

type Asked = {
  namespace: string
  holders: readonly Holder[]
  bindings: readonly Raw[]
  tokenSecrets: Raw[]
  /** The names of the namespace's service accounts. */
  accounts: readonly string[]
  responder: Responder
  plane: ControlPlane
  createdAt: string
}

/** What a quarantine takes: what it takes from service accounts is what `isolate --revoke` does. */
export function removalOf(asked: Asked): Removal {
  const { namespace, bindings, tokenSecrets, responder, plane, createdAt } = asked
  const ownGroup = serviceAccountGroups(namespace)[1] ?? ''
  const isOwnGroup = ({ kind, name }: Subject) => kind === 'Group' && name === ownGroup
  const isAccount = (subject: Subject) => subject.kind === 'ServiceAccount' && subject.namespace === namespace
  const kept = (subject: Subject) => keptWhy(subject, responder, plane)
  const accounts = [...new Set([...asked.accounts, ...accountsNamed(bindings, namespace)])]
    .filter((name) => kept({ kind: 'ServiceAccount', name, namespace }) === undefined)
    .map((name) => ({ namespace, name }))
  // That group is taken out here, so it is none that they keep anything through.
  const others = bindings.map((raw) => ({
    ...raw,
    subjects: listAt(raw, 'subjects').filter((one) => !isOwnGroup(subjectIn(raw, one) ?? nobody)),
  }))
  const revoked = planRevoke({ bindings: others, tokenSecrets }, accounts, createdAt)

  const dangerous = new Set(
    asked.holders.flatMap(({ subject, chain }) => chain.map(({ binding }) => keyOf(binding.kind, binding, subject))),
  )
  const isTaken = (raw: Raw, subject: Subject) => {
    if (kept(subject) !== undefined) return false
    if (isAccount(subject) || isOwnGroup(subject)) return true
    const isHere = raw['kind'] === 'RoleBinding' && metaOf(raw).namespace === namespace
    return isHere && dangerous.has(keyOf('RoleBinding', metaOf(raw), subject))
  }
  const taken = bindings.map((raw) => ({
    raw,
    subjects: listAt(raw, 'subjects').flatMap((written) => {
      const subject = subjectIn(raw, written)
      return subject && isTaken(raw, subject) ? [{ written, subject }] : []
    }),
  }))
  const grants = taken.flatMap(({ raw, subjects }) => {
    const of = subjects.filter(({ subject }) => !isAccount(subject)).map(({ written }) => written)
    return of.length > 0 ? [{ raw, of }] : []
  })
  const changes = grants.map(({ raw, of }, index) => ({
    ...bindingChange(`revoke-grant-${index + 1}`, raw, of),
    risk: 'people and robots that work in the namespace lose it too',
  }))
  const removed = taken.flatMap(({ raw, subjects }) => subjects.map(({ subject }) => removedFrom(raw, subject)))
  const gone = new Set(removed.map(({ ref, subject }) => keyOf(ref.kind, ref, subject)))
  return {
    changes: [...revoked.changes, ...changes],
    removed,
    notes: [
      ...revoked.warnings.map(({ text, next }) => (next === undefined ? text : `${text}: ${next}`)),
      ...(changes.length + revoked.changes.length > 0
        ? [
            'to put a subject back into a binding takes the rights that it grants, or the verb bind: undo needs them too',
          ]
        : []),
    ],
    left({ subject, chain }) {
      const stays = chain.filter(({ binding }) => !gone.has(keyOf(binding.kind, binding, subject)))
      if (stays.length === 0) return undefined
      const by = [...new Set(stays.map(({ binding }) => textOf(binding)))]
      const why = kept(subject)
      if (why === undefined)
        return { why: `${by.join(', ')}: cluster-wide, which the quarantine of one namespace does not change`, by }
      // You are one of a group; the others keep what it has too.
      const isOthers = subject.kind === 'Group' && runsCluster(subject, plane) === undefined
      return isOthers ? { why, by } : { why }
    },
  }
}

const textOf = ({ kind, namespace, name }: Holder['chain'][number]['binding']): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const nobody: Subject = { kind: 'User', name: '' }

/** A subject as the authorizer takes it; undefined where it stands for nobody. */
function subjectIn(raw: Raw, written: Raw): Subject | undefined {
  const [kind, name, space] = [textAt(written, 'kind'), textAt(written, 'name'), textAt(written, 'namespace')]
  if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') return undefined
  const own = metaOf(raw).namespace
  const subject: Subject = { kind, name, ...(kind === 'ServiceAccount' && space !== '' ? { namespace: space } : {}) }
  return canonicalSubject(subject, own === '' ? undefined : own)
}

function accountsNamed(bindings: readonly Raw[], namespace: string): string[] {
  return bindings.flatMap((raw) =>
    listAt(raw, 'subjects').flatMap((written) => {
      const subject = subjectIn(raw, written)
      return subject?.kind === 'ServiceAccount' && subject.namespace === namespace ? [subject.name] : []
    }),
  )
}

function removedFrom(raw: Raw, subject: Subject): Removed {
  const { name, namespace, uid } = metaOf(raw)
  const kind = textAt(raw, 'kind')
  const role = recordAt(raw, 'roleRef')
  return {
    subject,
    ref: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      resource: `${kind.toLowerCase()}s`,
      ...(namespace === '' ? {} : { namespace }),
      name,
      uid,
    },
    role: `${textAt(role, 'kind')} ${textAt(role, 'name')}`,
    where: namespace === '' ? ' on the whole cluster' : ` in ${namespace}`,
  }
}

function keyOf(kind: string, { namespace, name }: { namespace?: string; name: string }, subject: Subject): string {
  return JSON.stringify([kind, namespace ?? '', name, subjectKey(subject)])
}

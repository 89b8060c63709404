import type { Change, PatchChange } from '../change/plan.ts'
import { groupsOfAccount, type Account, isSubject } from './accounts.ts'
import { asJson, listAt, metaOf, type Raw, recordAt, textAt } from './raw.ts'
import type { IsolationWarning } from './report.ts'
import type { Scene } from './scene.ts'

/** Label that has the API server refuse a token Secret. Source: KEP-2799; seen on 1.34, for a Secret made by hand too, within 10 s. */
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'
const accountAnnotation = 'kubernetes.io/service-account.name'

/**
 * Takes the service accounts out of the bindings that name them, and makes their tokens in Secrets invalid. What they hold through
 * groups stays, as do bound tokens until they end: both are said.
 */
export function planRevoke(
  scene: Pick<Scene, 'bindings' | 'tokenSecrets'>,
  accounts: Account[],
  createdAt: string,
): { changes: Change[]; warnings: IsolationWarning[] } {
  const bindings = scene.bindings.flatMap((raw) => {
    const subjects = listAt(raw, 'subjects').filter((subject) =>
      accounts.some((account) => isSubject(subject, account, metaOf(raw).namespace)),
    )
    return subjects.length > 0 ? [{ raw, subjects }] : []
  })
  const secrets = scene.tokenSecrets.filter((raw) => {
    const { namespace, annotations, labels } = metaOf(raw)
    const isOurs = accounts.some((one) => one.namespace === namespace && annotations[accountAnnotation] === one.name)
    return isOurs && !Object.hasOwn(labels, invalidSince)
  })
  return {
    changes: [
      ...bindings.map(({ raw, subjects }, index) => bindingChange(`revoke-binding-${index + 1}`, raw, subjects)),
      ...secrets.map((raw, index) => secretChange(`revoke-token-${index + 1}`, raw, createdAt.slice(0, 10))),
    ],
    warnings: [...groupWarnings(scene.bindings, accounts), ...tokenWarnings(accounts, secrets.length > 0)],
  }
}

/** Takes subjects out of a binding; they are as the binding has them. */
export function bindingChange(id: string, raw: Raw, subjects: Raw[]): PatchChange {
  const { name, namespace, uid } = metaOf(raw)
  const role = recordAt(raw, 'roleRef')
  return {
    id,
    do: 'patch',
    why: `takes away what ${textAt(role, 'kind')} ${textAt(role, 'name')} grants`,
    risk: 'every pod that runs as the service account loses it too',
    ref: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: String(raw['kind']),
      resource: `${String(raw['kind']).toLowerCase()}s`,
      ...(namespace === '' ? {} : { namespace }),
      name,
      uid,
    },
    edits: subjects.map((subject) => ({ path: ['subjects'], item: asJson(subject), how: 'remove', restore: 'always' })),
  }
}

function secretChange(id: string, raw: Raw, date: string): PatchChange {
  const { name, namespace, uid } = metaOf(raw)
  return {
    id,
    do: 'patch',
    why: 'has the API server refuse the token in it',
    risk: 'whoever else uses that token is refused too',
    ref: { apiVersion: 'v1', kind: 'Secret', resource: 'secrets', namespace, name, uid },
    edits: [{ path: ['metadata', 'labels', invalidSince], after: date, restore: 'always' }],
  }
}

function groupWarnings(bindings: Raw[], accounts: Account[]): IsolationWarning[] {
  const groups = new Set(accounts.flatMap(groupsOfAccount))
  return bindings.flatMap((raw): IsolationWarning[] => {
    const held = listAt(raw, 'subjects').filter(
      (one) => textAt(one, 'kind') === 'Group' && groups.has(textAt(one, 'name')),
    )
    const { name, namespace } = metaOf(raw)
    // Kubernetes' own bindings of authenticated users let them look at themselves and at discovery.
    if (held.length === 0 || isDefault(raw)) return []
    const where = namespace === '' ? '' : ` in ${namespace}`
    const role = recordAt(raw, 'roleRef')
    return [
      {
        kind: 'identity',
        text: `the account keeps ${textAt(role, 'kind')} ${textAt(role, 'name')}${where} through the group ${held.map((one) => textAt(one, 'name')).join(', ')} (${String(raw['kind'])} ${name})`,
        next: 'the group is of many: look at what the role grants before changing the binding',
      },
    ]
  })
}

const isDefault = (raw: Raw) => metaOf(raw).labels['kubernetes.io/bootstrapping'] === 'rbac-defaults'

function tokenWarnings(accounts: Account[], hasSecrets: boolean): IsolationWarning[] {
  if (accounts.length === 0) return []
  return [
    {
      kind: 'identity',
      text: 'tokens that were taken from a pod stay valid until that pod object is gone (not while it is isolated) or they expire, within the hour by default and up to a year on clusters that extend them: without bindings they can do only what everybody can',
      next: 'delete the pod once the evidence is taken, or the service account',
    },
    ...(hasSecrets
      ? [
          {
            kind: 'identity' as const,
            text: 'API servers keep a token that they have accepted for up to 10 seconds; before Kubernetes 1.29 the label on its Secret is ignored',
          },
        ]
      : []),
    { kind: 'identity', text: 'credentials of a cloud that the account was exchanged for live on until they expire' },
  ]
}

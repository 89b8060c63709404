import { isSubject } from '../../isolation/accounts.ts'
import { getterOf, kinds } from '../../isolation/get.ts'
import { listAt, metaOf, type Raw, recordAt, textAt } from '../../isolation/raw.ts'
import { readBindings, readTokenSecrets } from '../../isolation/read-extras.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { bindingTypes, may } from './rights.ts'
import { pinnedOf, podsOf, reread } from './targets.ts'

const accountAnnotation = 'kubernetes.io/service-account.name'
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'
const lastUsed = 'kubernetes.io/legacy-token-last-used'

export const accountTokens = question({
  name: 'account.tokens',
  summary: 'By what a service account can be acted as, and what it is bound to',
  with: { account: { type: 'serviceaccount', required: true, about: 'the service account' } },
  outputs: {
    account: { type: 'serviceaccount', about: 'the account, pinned' },
    legacy: { type: 'list', about: 'Secrets with a token that does not end: pinned, invalidSince and lastUsed' },
    pods: { type: 'list', about: 'pods that run as it: each has a token that ends with the pod' },
    bindings: { type: 'list', about: 'bindings that name it: pinned, with role' },
    ...gapOutputs,
  },
  rights: ({ account }) => [
    ...may('get', 'serviceaccounts', account),
    ...may('list', 'pods', { namespace: account?.namespace }),
    ...may('list', 'secrets', { namespace: account?.namespace, optional: true }),
    ...may('list', bindingTypes, { optional: true }),
  ],
  async ask({ engine: { cluster } }, { account: pin }) {
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const account = await reread(get, pin)
    const { namespace, name, uid } = metaOf(account)
    const pinned = { kind: kinds.accounts.kind, namespace, name, uid }
    const [pods, secrets, bindings] = await Promise.all([
      podsOf(get, [pinned]),
      readTokenSecrets(get, namespace),
      readBindings(get),
    ])
    const legacy = tokensOf(secrets, name)
    const naming = bindings.filter((raw) =>
      listAt(raw, 'subjects').some((subject) => isSubject(subject, { namespace, name }, metaOf(raw).namespace)),
    )
    return {
      account: pinned,
      legacy: held(legacy.map(tokenOf), 'tokens', gaps),
      pods: held(pods.map(pinnedOf), 'pods', gaps),
      bindings: held(naming.map(boundOf), 'bindings', gaps),
      ...told(gaps),
    }
  },
})

/** Those of a namespace's token Secrets that are of an account. */
export const tokensOf = (secrets: readonly Raw[], account: string): Raw[] =>
  secrets.filter((raw) => metaOf(raw).annotations[accountAnnotation] === account)

function tokenOf(raw: Raw) {
  const { labels } = metaOf(raw)
  return { ...pinnedOf(raw), invalidSince: labels[invalidSince] ?? null, lastUsed: labels[lastUsed] ?? null }
}

/** A binding as a playbook has it. */
export function boundOf(raw: Raw) {
  const role = recordAt(raw, 'roleRef')
  return { ...pinnedOf(raw), role: `${textAt(role, 'kind')} ${textAt(role, 'name')}` }
}

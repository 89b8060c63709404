import { setTimeout as sleep } from 'node:timers/promises'
import { getterOf, kinds } from '../../isolation/get.ts'
import { metaOf } from '../../isolation/raw.ts'
import { readTokenSecrets } from '../../isolation/read-extras.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { tokensOf } from './account-tokens.ts'
import { remedial } from './remedy.ts'
import { may } from './rights.ts'
import { pinnedOf, podsOf, reread } from './targets.ts'

// `default` is made again by a controller, at once as a rule.
const patience = 5000

export const accountRecreate = remedial({
  name: 'account.recreate',
  summary: 'Deletes a service account and makes it anew: no token that was made for it is taken any more',
  with: { account: { type: 'serviceaccount', required: true, about: 'the account' } },
  outputs: {
    before: { type: 'serviceaccount', about: 'the account with the uid that it had' },
    account: { type: 'serviceaccount', about: 'the one that is there afterwards; null before' },
    pods: { type: 'list', about: 'pods that lose their token until they are replaced' },
  },
  rights: ({ account }) => [
    ...may('get delete', 'serviceaccounts', account),
    ...may('create', 'serviceaccounts', { namespace: account?.namespace }),
    ...may('list', 'pods', { namespace: account?.namespace }),
    ...may('list', 'secrets', { namespace: account?.namespace, optional: true }),
  ],
  async draft({ engine: { cluster } }, { account: pin }) {
    const { recreateAccount } = await import('../../remediate/account.ts')
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const account = await reread(get, pin)
    const { namespace, name } = metaOf(account)
    const [pods, secrets] = await Promise.all([podsOf(get, [pin]), readTokenSecrets(get, namespace)])
    const remedy = recreateAccount(account, pods, tokensOf(secrets, name))
    return {
      remedy: (id) => {
        const { changes, notes } = remedy(id)
        return { changes, notes: [...notes, ...gaps.map(({ what, why }) => `not seen: ${what}: ${why}`)] }
      },
      outputs: { before: pinnedOf(account), account: null, pods: pods.map(pinnedOf) },
    }
  },
  async after({ engine: { cluster } }, { changes }) {
    const old = changes.find((one) => one.do === 'delete')?.ref
    const get = getterOf(cluster, [])
    for (const end = Date.now() + patience; ; ) {
      const found = old && (await get.maybe(kinds.accounts, old.namespace, old.name, 'the account'))
      if (found && metaOf(found).uid !== old.uid) return { account: pinnedOf(found) }
      if (Date.now() > end) return { account: null }
      await sleep(200)
    }
  },
})

import type { Change, Json } from '../change/plan.ts'
import { planLabel } from '../change/plan.ts'
import { asJson, metaOf, type Raw, specOf, textAt } from '../isolation/raw.ts'
import type { Remedy } from './remedy.ts'
import { refOf } from './workload.ts'

/**
 * Deletes a service account and makes it anew: tokens that were asked for by the TokenRequest API name its uid, and are refused as soon as it is another
 * (seen on 1.34, with what the API server remembers for up to ten seconds). All its pods lose theirs until they are replaced: they are listed. Its
 * bindings name it, and hold for the new one. Undo cannot bring the old tokens back, nor the `secrets` that hold some: they are deleted with the account
 * (pkg/controller/serviceaccount/tokens_controller.go).
 */
export function recreateAccount(
  account: Raw,
  pods: readonly Raw[],
  secrets: readonly Raw[] = [],
): (planId: string) => Remedy {
  const ref = refOf(account)
  const { uid: _uid, ...anew } = ref
  const { labels, annotations, name } = metaOf(account)
  const { namespace = '' } = ref
  const kept = Object.fromEntries(
    ['automountServiceAccountToken', 'imagePullSecrets', 'secrets'].flatMap((key) =>
      account[key] === undefined ? [] : [[key, asJson(account[key])]],
    ),
  ) as Record<string, Json>
  const users = pods.filter((pod) => runsAs(pod) === name)
  const isDefault = name === 'default'
  return (planId) => {
    const removed: Change = {
      id: 'delete-account',
      do: 'delete',
      why: 'no token that was made for it is taken any more',
      risk: `${users.length} pods lose their token until they are replaced`,
      ref,
      preimage: asJson(account) as { [key: string]: Json },
      propagation: 'Background',
    }
    const made: Change = {
      id: 'create-account',
      do: 'create',
      why: 'its workloads go on as they did, once their pods are replaced',
      ref: anew,
      body: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace, labels: { ...labels, [planLabel]: planId }, annotations },
        ...kept,
      },
    }
    // Every namespace gets its `default` again by itself.
    return {
      changes: isDefault ? [removed] : [removed, made],
      notes: [
        ...users.map((pod) => `pod ${metaOf(pod).name} loses its token: replace it`),
        ...secrets.map(
          (raw) =>
            `Secret ${metaOf(raw).name}, with a token of the account, is deleted with it, and does not come back`,
        ),
      ],
    }
  }
}

/** The account that a pod runs as. */
export function runsAs(pod: Raw): string {
  return textAt(specOf(pod), 'serviceAccountName') || 'default'
}

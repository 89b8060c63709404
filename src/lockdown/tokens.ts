import type { CreateChange, PatchChange } from '../change/plan.ts'
import { listAt, metaOf, type Raw, textAt } from '../isolation/raw.ts'
import { planLabels } from '../isolation/policies.ts'
import type { LockdownOptions, LockdownScene, PartPlan, Source } from './model.ts'
import { groundOf } from './network/ground.ts'
import type { Naming } from './network/policies.ts'
import { toldByConfig, toldByPod } from './network/texts.ts'
import { tokenOf } from './network/uses.ts'
import { type Workload, workloadText } from './network/workloads.ts'
import { keepPart, notOfSome } from './part.ts'
import { ownGrants } from './tokens-grants.ts'

/** A workload whose new pods get no token any more. `signs`: what shows that it may use one; none of most. */
export type LosesToken = { of: { kind: string; namespace: string; name: string }; signs: Source[] }
export type TokensPlan = PartPlan & { loses: LosesToken[] }

const field = 'automountServiceAccountToken'

/**
 * From restricted on, pods that name no service account of their own get no token of the default one; pure. Breakages are those
 * that show that they use it: they name the API server or the token's file, or somebody gave the account rights.
 */
export function planTokens(scene: LockdownScene, options: LockdownOptions, naming: Naming): TokensPlan {
  const nothing: TokensPlan = { part: 'tokens', changes: [], breaks: [], notes: [], gaps: [], loses: [] }
  if (options.level === 'baseline') return nothing
  if (options.selector) return { ...nothing, notes: [notOfSome('the tokens of the default service account')] }
  const account = scene.accounts.find((raw) => metaOf(raw).name === 'default')
  if (account?.[field] === false) return nothing
  const { name: namespace } = metaOf(scene.namespace)
  if (!account && naming.names === 'unguessable') {
    const why = 'it could not be read, or is not there yet'
    const hides = 'whether pods get its token: nothing was changed'
    return {
      ...nothing,
      gaps: [{ what: 'ServiceAccount default', resource: 'serviceaccounts', namespace, name: 'default', why, hides }],
    }
  }
  const grants = ownGrants(scene.rbac, namespace)
  const loses = losingOf(scene, account).map(({ workload, calls }): LosesToken & { calls: Source[] } => {
    const { kind, name } = workload.ref
    return { of: { kind, namespace, name }, signs: [...calls, ...grants], calls }
  })
  const quiet = loses.filter(({ signs }) => signs.length === 0)
  const keep = keepPart('tokens', options)
  return {
    ...nothing,
    changes: [account ? patchOf(account) : createOf(namespace, naming)],
    breaks: loses.flatMap(({ of, signs, calls }) =>
      signs.length === 0
        ? []
        : {
            part: 'tokens' as const,
            what: 'token' as const,
            of,
            text: `its new pods have no token for the API server; ${field}: true in the pod keeps it`,
            certainty: calls.length > 0 && grants.length > 0 ? ('certain' as const) : ('possible' as const),
            evidence: signs,
            ...(keep === undefined ? {} : { keep }),
          },
    ),
    notes: [
      'tokens in pods that run stay, and a pod that says automountServiceAccountToken: true gets one all the same',
      ...(quiet.length > 0
        ? [
            `${quiet.length} of the workloads lose a token that nothing shows they use: ${quiet.map(({ of }) => `${of.kind} ${of.name}`).join(', ')}`,
          ]
        : []),
    ],
    loses: loses.map(({ of, signs }) => ({ of, signs })),
  }
}

function losingOf(scene: LockdownScene, account: Raw | undefined): { workload: Workload; calls: Source[] }[] {
  const configMaps = new Map(scene.configMaps.map((raw) => [metaOf(raw).name, raw]))
  const before = new Map(scene.accounts.map((raw) => [metaOf(raw).name, raw]))
  const after = new Map([...before, ['default', { ...account, [field]: false }]])
  return groundOf(scene).workloads.flatMap((workload) => {
    const asked = { ...workload, spec: withoutInjected(workload.spec) }
    if (tokenOf(asked, before) === undefined || tokenOf(asked, after) !== undefined) return []
    const told = [
      ...toldByPod(workload.spec, workload.specPath, workloadText(workload), workload.ref),
      ...toldByConfig(workload, configMaps).told,
    ]
    return [{ workload, calls: told.filter(({ text }) => namesApi.test(text)).map(({ by }) => by) }]
  })
}

const namesApi = /KUBERNETES_(?:SERVICE|PORT)|kubernetes\.default|secrets\/kubernetes\.io\/serviceaccount/

// What admission put into a pod, the pod did not ask for. Source: plugin/pkg/admission/serviceaccount (ServiceAccountVolumeName).
function withoutInjected(spec: Raw): Raw {
  const volumes = listAt(spec, 'volumes').filter(
    (volume) => !/^kube-api-access-[a-z\d]{5}$/.test(textAt(volume, 'name')),
  )
  return { ...spec, volumes }
}

const why = 'pods that name no service account get no token'

function patchOf(account: Raw): PatchChange {
  const { namespace, name, uid } = metaOf(account)
  const found = account[field]
  return {
    id: 'tokens-default',
    do: 'patch',
    why,
    risk: 'new pods that call the API server as the default service account cannot any more',
    ref: { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts', namespace, name, uid },
    edits: [
      { path: [field], ...(typeof found === 'boolean' ? { before: found } : {}), after: false, restore: 'always' },
    ],
  }
}

/** For Git: the account is everywhere, and its manifest says how it is to be. */
function createOf(namespace: string, { planId }: Naming): CreateChange {
  const head = { apiVersion: 'v1', kind: 'ServiceAccount' }
  const metadata = { name: 'default', namespace, labels: planLabels(planId) }
  return {
    id: 'tokens-default',
    do: 'create',
    why,
    ref: { ...head, resource: 'serviceaccounts', namespace, name: 'default' },
    body: { ...head, metadata, [field]: false },
  }
}

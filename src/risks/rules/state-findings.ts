import type { AttackGraph, AttackWorld, StateFact } from '../../attack/model.ts'
import type { SecretState, WebhookState } from '../../snapshot/cluster-state.ts'
import type { Subject } from '../../snapshot/objects.ts'
import { shellLine } from '../../text/shell.ts'
import type { Found } from '../found.ts'
import type { Reach } from '../reach.ts'
import { isWorse } from '../severity.ts'
import { cloudRoles } from './cloud.ts'
import { stateInfos as infos } from './state-texts.ts'
import { objectFound } from './object-found.ts'
import { escapes, tokens } from './pod-findings.ts'
import { workloadsOf } from './workloads.ts'
import { type Worst, worstOfAccounts } from './worst-of-accounts.ts'

/** What the state of the cluster makes possible by itself. `creators` tells who, beside the cluster's own, may create pods in a namespace. */
export function* stateFindings(
  world: AttackWorld,
  graph: AttackGraph,
  reach: Reach,
  creators: (namespace: string) => readonly Subject[],
): Generator<Found> {
  const worst = worstOfAccounts(graph, reach)
  for (const workload of workloadsOf(world.state)) {
    yield* escapes(workload)
    yield* tokens(workload, worst)
  }
  for (const secret of world.state.secrets) yield* legacyTokens(secret, worst)
  for (const webhook of world.state.webhooks) yield* ignoring(webhook)
  for (const { name, labels, terminating } of world.state.namespaces) {
    if (!terminating) yield* unlabelled(name, labels, creators(name))
  }
  for (const { namespace, name, annotations } of world.state.accounts) {
    const bound = cloudRoles.filter((key) => annotations[key] !== undefined)
    if (bound.length === 0) continue
    const state = bound.map((key) => ({
      kind: 'ServiceAccount',
      namespace,
      name,
      field: `metadata.annotations["${key}"]`,
      says: `is ${annotations[key]}`,
    }))
    const because = ['it is meant so; who can create pods here has it too']
    yield { ...objectFound(infos.cloud, { kind: 'ServiceAccount', namespace, name }, 'low', because), state }
  }
}

function* legacyTokens({ namespace, name, serviceAccount }: SecretState, worst: Worst): Generator<Found> {
  if (serviceAccount === undefined) return
  const lead = worst({ namespace, name: serviceAccount })
  const isFar = lead !== undefined && !isWorse('high', lead.severity)
  const because = [
    `it is a token of sa:${namespace}/${serviceAccount}, which ${isFar ? 'leads further' : 'leads to little'}`,
  ]
  const state: StateFact[] = [
    {
      kind: 'Secret',
      namespace,
      name,
      field: 'metadata.annotations["kubernetes.io/service-account.name"]',
      says: `is ${serviceAccount}`,
    },
  ]
  const fix = {
    text: infos.legacy.fix,
    commands: [shellLine(['kubectl', 'delete', 'secret', '-n', namespace, '--', name])],
  }
  yield {
    ...objectFound(infos.legacy, { kind: 'Secret', namespace, name }, isFar ? 'high' : 'medium', because),
    state,
    fix,
  }
}

function* ignoring({ kind, configuration, name, failurePolicy, rules }: WebhookState): Generator<Found> {
  const isOfPods = rules.some(
    ({ groups, resources, operations }) =>
      (groups.includes('') || groups.includes('*')) &&
      resources.some((entry) => ['pods', '*', '*/*'].includes(entry)) &&
      operations.some((operation) => operation === 'CREATE' || operation === '*'),
  )
  if (failurePolicy !== 'Ignore' || !isOfPods) return
  const object = {
    kind: kind === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration',
    name: configuration,
  }
  const state: StateFact[] = [{ ...object, field: `webhooks["${name}"].failurePolicy`, says: 'is Ignore' }]
  // One that mutates mostly adds something; one that validates refuses.
  const severity = kind === 'validating' ? 'medium' : 'low'
  yield { ...objectFound(infos.ignoring, object, severity, [`it is a ${kind} webhook of pods`], name), state }
}

const enforce = 'pod-security.kubernetes.io/enforce'

function* unlabelled(name: string, labels: Record<string, string>, creators: readonly Subject[]): Generator<Found> {
  const level = labels[enforce]
  if (creators.length === 0 || level === 'baseline' || level === 'restricted') return
  const state: StateFact[] = [
    {
      kind: 'Namespace',
      name,
      field: `metadata.labels["${enforce}"]`,
      says: level === undefined ? 'is not there' : `is ${level}`,
    },
  ]
  const label = ['kubectl', 'label', '--overwrite', 'namespace', name, `${enforce}=baseline`]
  const fix = { text: infos.unlabelled.fix, commands: [shellLine([...label, '--dry-run=server']), shellLine(label)] }
  const because = [
    `${creators.length === 1 ? 'one subject' : `${creators.length} subjects`} beside the control plane may create pods in it`,
  ]
  yield { ...objectFound(infos.unlabelled, { kind: 'Namespace', name }, 'medium', because), scope: name, state, fix }
}

import { optionalText, record, ShapeError, stringList, strings } from '../snapshot/decode.ts'
import {
  both,
  equals,
  inNamespaces,
  namespaceLabel,
  type Parsed,
  prefixed,
  selectorOf,
  subjectMatch,
} from './calico-match.ts'
import { calicoRule } from './calico-rule.ts'
import { cidrsOf, listOf, optionalBoolean, optionalNumber, type Raw, refOf } from './decode-parts.ts'
import type { Reading } from './kube-match.ts'
import type { Direction, PartyMatch, Policy, PolicyRef, PolicySide, TierObject } from './model.ts'
import { unsure } from './unsure.ts'
import type { NetworkSet } from './world.ts'

/** Beside the policy itself, one that stands for what it may do to forwarded traffic. */
export const forwardTier = 'host endpoints'

/**
 * A NetworkPolicy or GlobalNetworkPolicy of Calico (crd.projectcalico.org/v1, projectcalico.org/v3); throws ShapeError.
 * Source: api v3 types, libcalico-go's updateprocessors and Felix' calc (3.30).
 */
export function decodeCalicoPolicy(raw: Raw, reading: Reading): Policy[] {
  const namespaced = raw['kind'] === 'NetworkPolicy'
  const ref = refOf(raw, namespaced)
  const spec = record(raw['spec'] ?? {}, 'spec')
  const { tier, doubt } = tierOf(ref, optionalText(spec['tier'], 'spec.tier'))
  const types = typesOf(ref, spec)
  const side = (direction: Direction): { [D in Direction]?: PolicySide } => {
    if (!types.has(direction)) return {}
    const rules = listOf(spec[direction], `spec.${direction}`).flatMap((rule, index) =>
      calicoRule(record(rule, `spec.${direction}[${index}]`), direction, index, ref.namespace, reading),
    )
    return { [direction]: { rules, isolates: true } }
  }
  const forward = ['applyOnForward', 'doNotTrack', 'preDNAT'].filter((field) =>
    optionalBoolean(spec[field], `spec.${field}`),
  )
  const policy: Policy = {
    ref,
    tier,
    order: optionalNumber(spec['order'], 'spec.order') ?? Number.POSITIVE_INFINITY,
    tieBreak: tieBreakOf(ref),
    subject: subjectOf(ref, spec),
    additive: false,
    ...side('ingress'),
    ...side('egress'),
  }
  // Before connection tracking and before NAT there are no pods, only host endpoints (Felix, event_sequencer.go).
  const forPods =
    forward.includes('doNotTrack') || forward.includes('preDNAT')
      ? []
      : [doubt === undefined ? policy : unsure(policy, doubt)]
  return forward.length > 0 && reading.hostEndpoints !== 0 ? [...forPods, onForward(policy)] : forPods
}

export function decodeTier(raw: Raw): TierObject {
  const { name } = refOf(raw, false)
  const spec = record(raw['spec'] ?? {}, 'spec')
  const action = optionalText(spec['defaultAction'], 'spec.defaultAction') ?? 'Deny'
  return {
    name,
    order: optionalNumber(spec['order'], 'spec.order') ?? Number.POSITIVE_INFINITY,
    defaultAction: action === 'Pass' ? 'pass' : 'deny',
  }
}

export function decodeNetworkSet(raw: Raw): NetworkSet {
  const { name, namespace } = refOf(raw, raw['kind'] === 'NetworkSet')
  const spec = record(raw['spec'] ?? {}, 'spec')
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: strings(record(raw['metadata'], 'metadata')['labels'], 'metadata.labels'),
    ranges: cidrsOf(spec['nets'], 'spec.nets', { orAddress: true }),
  }
}

// Up to 3.30 the name says the tier; later the field does. Where they differ, the version decides.
function tierOf({ name }: PolicyRef, field: string | undefined): { tier: string; doubt?: string } {
  const dot = name.indexOf('.')
  const byName = dot < 0 ? 'default' : name.slice(0, dot)
  if (field === undefined || field === '' || field === byName) return { tier: byName }
  return { tier: field, doubt: 'name and tier of the policy contradict each other' }
}

/**
 * Without `types` the API server of Calico and calicoctl fill them in from the rules; an object that was written past
 * them, as crd.projectcalico.org/v1, is about both directions (Felix, policy_sorter.go).
 */
function typesOf(ref: PolicyRef, spec: Raw): Set<Direction> {
  const types = stringList(spec['types'], 'spec.types').map((type) => type.toLowerCase())
  const wrong = types.find((type) => type !== 'ingress' && type !== 'egress')
  if (wrong !== undefined) throw new ShapeError('spec.types', 'Ingress or Egress', wrong)
  if (types.length > 0) return new Set(types as Direction[])
  if (ref.apiVersion.startsWith('crd.')) return new Set(['ingress', 'egress'])
  const has = (direction: Direction) => listOf(spec[direction], `spec.${direction}`).length > 0
  if (!has('egress')) return new Set(['ingress'])
  return new Set(has('ingress') ? ['ingress', 'egress'] : ['egress'])
}

function subjectOf({ namespace }: PolicyRef, spec: Raw): PartyMatch {
  const selector = selectorOf(spec, 'spec', 'selector')
  const account = selectorOf(spec, 'spec', 'serviceAccountSelector')
  const spaces = namespace === undefined ? selectorOf(spec, 'spec', 'namespaceSelector') : undefined
  const parts = both(
    selector,
    namespace === undefined ? undefined : equals(namespaceLabel, namespace),
    spaces === undefined ? undefined : withoutGlobal(spaces),
    account === undefined ? undefined : prefixed(account, 'pcsa.'),
  )
  return subjectMatch(parts ?? { kind: 'all' }, namespace)
}

// A policy's own namespaceSelector knows no `global()`: it is as good as `all()` there.
function withoutGlobal(spaces: Parsed): Parsed {
  return typeof spaces === 'string' || spaces.kind !== 'global' ? inNamespaces(spaces) : { kind: 'all' }
}

// Felix compares `namespace/name`, with the tier's name in front of the name.
function tieBreakOf({ apiVersion, name, namespace }: PolicyRef): string {
  const stored = apiVersion.startsWith('crd.') || name.includes('.') ? name : `default.${name}`
  return namespace === undefined ? stored : `${namespace}/${stored}`
}

function onForward({ ref }: Policy): Policy {
  const doubt = 'a policy on forwarded traffic applies where the node has a HostEndpoint'
  const rules = (direction: Direction): PolicySide => ({
    rules: [{ at: direction, index: 0, action: 'deny', doubt }],
    isolates: false,
  })
  return {
    ref,
    tier: forwardTier,
    order: 0,
    tieBreak: ref.name,
    subject: { key: 'every pod', test: ({ kind }) => kind === 'pod' },
    additive: false,
    ingress: rules('ingress'),
    egress: rules('egress'),
  }
}

import { items, record, ShapeError } from '../snapshot/decode.ts'
import { endpointsMatch } from './cilium-match.ts'
import { ciliumRule } from './cilium-rule.ts'
import { listOf, optionalBoolean, optionalRecord, optionalSelector, type Raw, refOf } from './decode-parts.ts'
import { nodesMatch, type Reading } from './kube-match.ts'
import type { Direction, PartyMatch, Policy, PolicyRef, PolicySide, Rule } from './model.ts'

// NetworkPolicies are at 1000; what denies comes before all that allows, whichever policy it is of.
const denyOrder = 0
const allowOrder = 1000

/**
 * A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy (cilium.io/v2); throws ShapeError. All policies of a pod add
 * up, and a deny rule of any beats every allow rule. Source: Cilium's pkg/policy/api (Rule, sanitize) and documentation.
 */
export function decodeCiliumPolicy(raw: Raw, reading: Reading): Policy[] {
  const ref = refOf(raw, raw['kind'] === 'CiliumNetworkPolicy')
  const specs = [
    ...(raw['spec'] === undefined || raw['spec'] === null ? [] : [record(raw['spec'], 'spec')]),
    ...items(raw['specs'], 'specs', (spec) => spec),
  ]
  if (specs.length === 0) throw new ShapeError('spec', 'an object', raw['spec'])
  return specs.flatMap((spec) => policiesOf(spec, ref, reading))
}

function policiesOf(spec: Raw, ref: PolicyRef, reading: Reading): Policy[] {
  const nodeSelector = optionalSelector(spec['nodeSelector'], 'spec.nodeSelector')
  if (nodeSelector) return [hostPolicy(ref, nodesMatch(nodeSelector))]
  const selector = optionalSelector(spec['endpointSelector'], 'spec.endpointSelector')
  if (!selector) throw new ShapeError('spec.endpointSelector', 'an object', spec['endpointSelector'])
  const everyone = endpointsMatch(selector, ref.namespace)
  const subject: PartyMatch = {
    ...everyone,
    key: `subject ${everyone.key}`,
    test: (party, family) => (party.kind === 'pod' ? everyone.test(party, family) : false),
  }
  const common = { ref, tier: 'default', tieBreak: '', subject, additive: true }
  const of = (deny: boolean): Policy => ({
    ...common,
    order: deny ? denyOrder : allowOrder,
    ...sideOf(spec, 'ingress', deny, ref, reading),
    ...sideOf(spec, 'egress', deny, ref, reading),
  })
  return [of(true), of(false)].filter(({ ingress, egress }) => ingress !== undefined || egress !== undefined)
}

function sideOf(
  spec: Raw,
  direction: Direction,
  deny: boolean,
  ref: PolicyRef,
  reading: Reading,
): { [D in Direction]?: PolicySide } {
  const list = deny ? `${direction}Deny` : direction
  const rules = listOf(spec[list], `spec.${list}`)
  if (rules.length === 0) return {}
  const posture = optionalRecord(spec['enableDefaultDeny'], 'spec.enableDefaultDeny') ?? {}
  // A rule for a direction, even one that denies or is empty, closes it for everything else, unless told not to.
  const isolates = optionalBoolean(posture[direction], `spec.enableDefaultDeny.${direction}`) ?? true
  const decoded = rules.flatMap((rule, index) =>
    ciliumRule(record(rule, `spec.${list}[${index}]`), list, index, ref.namespace, reading),
  )
  return { [direction]: { rules: decoded, isolates } }
}

/** Cilium's host firewall is off by default, and what it does with policies on nodes is not evaluated. */
function hostPolicy(ref: PolicyRef, subject: PartyMatch): Policy {
  const rule = (at: Direction): Rule => ({
    at,
    index: 0,
    action: 'deny',
    doubt: 'a policy of Cilium on this node may drop it',
  })
  return {
    ref,
    tier: 'default',
    order: denyOrder,
    tieBreak: '',
    subject,
    additive: true,
    ingress: { rules: [rule('ingress')], isolates: false },
    egress: { rules: [rule('egress')], isolates: false },
  }
}

import { evaluateSelector, type Expression, type LabelLookup, mapSelector, parseSelector } from './calico-selector.ts'
import { SelectorError } from './calico-tokens.ts'
import { optionalText } from '../snapshot/decode.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import type { Family } from './address.ts'
import type { Raw } from './decode-parts.ts'
import { type Match, some } from './match.ts'
import type { PartyMatch } from './model.ts'
import type { Party } from './party.ts'
import { contains, type RangeSet, rangeSet } from './range-set.ts'
import type { NetworkNamespace, NetworkSet } from './world.ts'

export const namespaceLabel = 'projectcalico.org/namespace'
const accountLabel = 'projectcalico.org/serviceaccount'

/** What selectors of Calico select beside pods: addresses that sets give labels. Undefined where they were not read. */
export type LabelledSets = { match: LabelLookup; ranges: RangeSet }[] | undefined
/** Undefined where it was not read. */
export type Selectables = { sets?: LabelledSets; hostEndpoints?: number }

/** An expression, or why it is none. */
export type Parsed = Expression | string

/** The selector in a field of a policy; undefined where it has none. */
export function selectorOf(raw: Raw, at: string, name: string): Parsed | undefined {
  const written = optionalText(raw[name], `${at}.${name}`)
  return written ? parsed(written) : undefined
}

function parsed(text: string): Parsed {
  try {
    return parseSelector(text)
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    return `a selector cannot be read: ${error.message}`
  }
}

/** All of them together; the first that cannot be read spoils all. */
export function both(...parts: (Parsed | undefined)[]): Parsed | undefined {
  const given = parts.filter((part) => part !== undefined)
  const wrong = given.find((part) => typeof part === 'string')
  if (wrong !== undefined) return wrong
  const [only] = given
  return given.length <= 1 ? only : { kind: 'and', of: given as Expression[] }
}

/** The labels of a namespace or service account, as Felix has them on a pod: with a prefix. */
export function prefixed(selector: Parsed, prefix: 'pcns.' | 'pcsa.'): Parsed {
  if (typeof selector === 'string') return selector
  return mapSelector(selector, (leaf) => ('label' in leaf ? { ...leaf, label: prefix + leaf.label } : leaf))
}

/** `all()` of a namespaceSelector means: in a namespace; `global()` means: in none (updateprocessors/rules.go). */
export function inNamespaces(selector: Parsed): Parsed {
  const inSome: Expression = { kind: 'has', label: namespaceLabel }
  const converted = prefixed(selector, 'pcns.')
  if (typeof converted === 'string') return converted
  return mapSelector(converted, (leaf) => {
    if (leaf.kind === 'all') return inSome
    return leaf.kind === 'global' ? { kind: 'not', of: inSome } : leaf
  })
}

export function equals(label: string, value: string): Expression {
  return { kind: '==', label, value }
}

export function accountNames(names: string[]): Expression {
  return { kind: 'in', label: accountLabel, values: new Set(names) }
}

/** A LabelSelector as Calico writes it (conversion.go, k8sSelectorToCalico). */
export function expressionOf({ matchLabels, matchExpressions }: LabelSelector): Expression {
  const parts: Expression[] = [
    ...Object.entries(matchLabels).map(([label, value]) => equals(label, value)),
    ...matchExpressions.map(({ key: label, operator, values }): Expression => {
      if (operator === 'In') return { kind: 'in', label, values: new Set(values) }
      if (operator === 'NotIn') return { kind: 'not in', label, values: new Set(values) }
      const has: Expression = { kind: 'has', label }
      return operator === 'Exists' ? has : { kind: 'not', of: has }
    }),
  ]
  return parts.length === 0 ? { kind: 'all' } : { kind: 'and', of: parts }
}

/** The pods that a policy is about. A pod on the host network is no workload endpoint. */
export function subjectMatch(selector: Parsed, namespace: string | undefined): PartyMatch {
  return {
    key: `calico subject ${keyOf(selector)}`,
    inside: true,
    ...(namespace === undefined ? {} : { namespace }),
    test: (party) => (party.kind === 'pod' ? podMatches(selector, party) : false),
  }
}

/** Whose traffic a rule means: pods by their labels, and addresses by the labels of the sets they are in. */
export function selectorMatch(selector: Parsed, { sets, hostEndpoints }: Selectables): PartyMatch {
  return {
    key: `calico ${keyOf(selector)}`,
    ranges: sets?.map(({ ranges }) => ranges) ?? [],
    test(party, family) {
      if (typeof selector === 'string') return selector
      return some(['labels', 'sets', 'host endpoint'] as const, (by) => {
        if (by === 'labels') return party.kind === 'pod' ? podMatches(selector, party) : false
        if (by === 'sets') return setMatches(selector, sets, party, family)
        return party.kind === 'host' && hostEndpoints !== 0 && 'a HostEndpoint may give this node labels'
      })
    },
  }
}

/** The labels that Felix gives a set: its own, and those of its namespace. */
export function labelledSets(
  sets: readonly NetworkSet[] | undefined,
  namespaces: readonly NetworkNamespace[],
): LabelledSets {
  const known = new Map(namespaces.map(({ name, labels }) => [name, labels]))
  return sets?.map(({ labels, namespace, ranges }) => ({
    ranges: rangeSet(ranges),
    match: lookUp(labels, namespace, namespace === undefined ? undefined : known.get(namespace), undefined),
  }))
}

function podMatches(selector: Parsed, party: Party): Match {
  if (typeof selector === 'string') return selector
  const label = podLookup(party)
  const doubts = new Set<string>()
  const found = evaluateSelector(selector, (name) => {
    if (name.startsWith('pcns.') && !party.namespaceLabels) doubts.add('the labels of its namespace are not known')
    if (name.startsWith('pcsa.') && !party.accountLabels) doubts.add('the labels of its service account are not known')
    return label(name)
  })
  const [doubt] = doubts
  return doubt ?? found
}

function podLookup({ labels, namespace, namespaceLabels, serviceAccount, accountLabels }: Party): LabelLookup {
  const base = lookUp(labels, namespace, namespaceLabels, accountLabels)
  return (label) => {
    if (label === 'projectcalico.org/orchestrator') return 'k8s'
    if (label === accountLabel && serviceAccount !== undefined) return serviceAccount
    return label === 'pcsa.projectcalico.org/name' ? serviceAccount : base(label)
  }
}

// What a pod itself is labelled with under these prefixes is dropped (workloadendpointprocessor.go; seen on a cluster):
// it cannot claim to be of another namespace.
function lookUp(
  labels: Record<string, string>,
  namespace: string | undefined,
  namespaceLabels: Record<string, string> | undefined,
  accountLabels: Record<string, string> | undefined,
): LabelLookup {
  const of = (from: Record<string, string> | undefined, key: string) =>
    from && Object.hasOwn(from, key) ? from[key] : undefined
  return (label) => {
    if (label === namespaceLabel && namespace !== undefined) return namespace
    if (label === 'pcns.projectcalico.org/name') return namespace
    if (label.startsWith('pcns.')) return of(namespaceLabels, label.slice('pcns.'.length))
    return label.startsWith('pcsa.') ? of(accountLabels, label.slice('pcsa.'.length)) : of(labels, label)
  }
}

function setMatches(selector: Expression, sets: LabelledSets, party: Party, family: Family): Match {
  if (!sets) return 'NetworkSets were not read, and one may give this address labels'
  const addresses = party.addresses.filter((address) => address.family === family)
  return sets.some(
    ({ match, ranges }) => addresses.some((address) => contains(ranges, address)) && evaluateSelector(selector, match),
  )
}

function keyOf(selector: Parsed): string {
  return JSON.stringify(selector, (_, value: unknown) => (value instanceof Set ? [...value] : value))
}

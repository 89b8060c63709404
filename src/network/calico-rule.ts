import { ShapeError, stringList, text } from '../snapshot/decode.ts'
import { type Family, type Range, wholeRange } from './address.ts'
import {
  accountNames,
  both,
  equals,
  inNamespaces,
  namespaceLabel,
  type Parsed,
  prefixed,
  selectorMatch,
  selectorOf,
} from './calico-match.ts'
import { calicoTraffic } from './calico-traffic.ts'
import { cidrsOf, optionalRecord, type Raw } from './decode-parts.ts'
import { blockMatch, type Reading, unknownMatch } from './kube-match.ts'
import { all, not } from './match.ts'
import { without } from './range-set.ts'
import type { Action, Direction, PartyMatch, Rule } from './model.ts'

const actions: Record<string, Action | 'log'> = {
  allow: 'allow',
  deny: 'deny',
  pass: 'pass',
  'next-tier': 'pass',
  log: 'log',
}

/** A rule of a Calico policy; none where it only logs. Source: api v3 Rule, and RuleAPIV3ToBackend. */
export function calicoRule(
  raw: Raw,
  direction: Direction,
  index: number,
  namespace: string | undefined,
  reading: Reading,
): Rule[] {
  const at = `${direction}[${index}]`
  const field = `spec.${at}`
  const written = text(raw['action'], `${field}.action`).toLowerCase()
  const action = Object.hasOwn(actions, written) ? actions[written] : undefined
  if (!action) throw new ShapeError(`${field}.action`, 'Allow, Deny, Pass or Log', raw['action'])
  const source = entityOf(optionalRecord(raw['source'], `${field}.source`), `${field}.source`, namespace, reading)
  const destination = entityOf(
    optionalRecord(raw['destination'], `${field}.destination`),
    `${field}.destination`,
    namespace,
    reading,
  )
  if (action === 'log') return []
  const [peer, self] = direction === 'ingress' ? [source, destination] : [destination, source]
  const { traffic, doubt } = calicoTraffic(raw, field)
  const version = raw['ipVersion']
  // Felix writes filters on packets alone; only with Envoy or Dikastes do HTTP conditions hold.
  const http =
    raw['http'] === undefined || raw['http'] === null ? undefined : 'a condition on HTTP requests may narrow the rule'
  const reason = http ?? doubt
  return [
    {
      at,
      index,
      action,
      ...(peer ? { peers: [peer] } : {}),
      ...(self ? { self } : {}),
      ...(traffic ? { traffic: [traffic] } : {}),
      ...(version === 4 || version === 6 ? { family: version } : {}),
      ...(reason === undefined ? {} : { doubt: reason }),
    },
  ]
}

/** One side of a rule; undefined where it says nothing about it. All of its conditions must hold. */
function entityOf(
  entity: Raw | undefined,
  field: string,
  namespace: string | undefined,
  reading: Reading,
): PartyMatch | undefined {
  if (!entity) return undefined
  const parts = [
    selectorPart(entity, field, namespace, reading),
    netsPart(entity, field, reading),
    servicesPart(entity, field),
  ]
  const given = parts.filter((part) => part !== undefined)
  if (given.length <= 1) return given[0]
  return {
    key: `all ${JSON.stringify(given.map(({ key }) => key))}`,
    ranges: given.flatMap(({ ranges }) => ranges ?? []),
    test: (party, family) => all(...given.map((part) => () => part.test(party, family))),
  }
}

/** Selectors and service accounts are about pods (and sets of addresses); a notSelector alone is about all the others. */
function selectorPart(
  entity: Raw,
  field: string,
  namespace: string | undefined,
  reading: Reading,
): PartyMatch | undefined {
  const negative = selectorOf(entity, field, 'notSelector')
  const spaces = selectorOf(entity, field, 'namespaceSelector')
  const chosen = both(accountPart(entity, field), selectorOf(entity, field, 'selector'))
  // In a namespaced policy selectors mean its own namespace, as soon as there is one of any kind.
  const within =
    spaces !== undefined
      ? inNamespaces(spaces)
      : namespace === undefined
        ? undefined
        : equals(namespaceLabel, namespace)
  const narrowed = chosen !== undefined || negative !== undefined || spaces !== undefined
  const positive = narrowed ? both(within, chosen) : undefined
  if (positive !== undefined) return selectorMatch(both(positive, negated(negative)) ?? positive, reading)
  if (negative === undefined) return undefined
  const others = selectorMatch(negative, reading)
  return { ...others, key: `not ${others.key}`, test: (party, family) => not(others.test(party, family)) }
}

function negated(selector: Parsed | undefined): Parsed | undefined {
  return selector === undefined || typeof selector === 'string' ? selector : { kind: 'not', of: selector }
}

function accountPart(entity: Raw, field: string): Parsed | undefined {
  const accounts = optionalRecord(entity['serviceAccounts'], `${field}.serviceAccounts`)
  if (!accounts) return undefined
  const selector = selectorOf(accounts, `${field}.serviceAccounts`, 'selector')
  const names = stringList(accounts['names'], `${field}.serviceAccounts.names`)
  return both(
    selector === undefined ? undefined : prefixed(selector, 'pcsa.'),
    names.length > 0 ? accountNames(names) : undefined,
  )
}

/**
 * Addresses. A list that has none of the flow's family leaves the rule out for that family, also where it is a list of
 * what is not meant (Felix, FilterRuleToIPVersion).
 */
function netsPart(entity: Raw, field: string, reading: Reading): PartyMatch | undefined {
  const nets = cidrsOf(entity['nets'], `${field}.nets`, { orAddress: true })
  const notNets = cidrsOf(entity['notNets'], `${field}.notNets`, { orAddress: true })
  if (nets.length === 0 && notNets.length === 0) return undefined
  const has = (ranges: Range[], family: Family) =>
    ranges.length === 0 || ranges.some((range) => range.family === family)
  const families = ([4, 6] as const).filter((family) => has(nets, family) && has(notNets, family))
  const inside = nets.length > 0 ? nets.filter(({ family }) => families.includes(family)) : families.map(wholeRange)
  return blockMatch(
    without(inside, notNets),
    reading.enforcer === 'unidentified' ? { ...reading, enforcer: 'calico' } : reading,
  )
}

function servicesPart(entity: Raw, field: string): PartyMatch | undefined {
  const service = optionalRecord(entity['services'], `${field}.services`)
  return service && unknownMatch('the endpoints of a Service that a rule names are not evaluated')
}

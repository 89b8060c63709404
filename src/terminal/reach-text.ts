import type { Decision } from '../network/decide.ts'
import type { ReachGroup, ReachPorts, ReachQuery, EndFilter } from '../network/reach-report.ts'
import { lastPort } from '../network/traffic.ts'

/** The names of a group, and how many more there are. */
export function groupText({ kind, members, ranges }: ReachGroup, most: number): string {
  const names = members.length > 0 ? members : ranges
  if (kind === 'external' && names.length > most) return 'world'
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** `TCP 80,443 UDP`, or `all`. */
export function portsText(traffic: readonly ReachPorts[]): string {
  const isAll = ({ ports }: ReachPorts) => ports.length === 1 && ports[0]?.from === 1 && ports[0].to === lastPort
  if (traffic.length === 3 && traffic.every(isAll)) return 'all'
  return traffic
    .map((entry) => {
      if (isAll(entry)) return entry.protocol
      return `${entry.protocol} ${entry.ports.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(',')}`
    })
    .join(' ')
}

/** Which policy and rule, and what it does. */
export function decisionText({ policy, direction, action, rule }: Decision): string {
  const name = `${policy.kind}/${policy.namespace === undefined ? '' : `${policy.namespace}/`}${policy.name}`
  return `${name} ${rule ? rule.at : `isolates ${direction}`}: ${action}`
}

/** What decided, the first of it unless all is wanted; where nothing did, why that is so. */
export function byText(by: readonly Decision[], none: string, all: boolean): string {
  const [first, ...more] = by
  if (!first) return none
  if (all) return by.map(decisionText).join('; ')
  return `${decisionText(first)}${more.length > 0 ? ` (+${more.length} more)` : ''}`
}

export function whereText(where: 'own-node' | 'other-nodes' | undefined): string {
  return where === undefined ? '' : where === 'own-node' ? ' (own node)' : ' (other nodes)'
}

/** A question in words: `from any to ns:shop, TCP 443`. */
export function reachQueryText({ from, to, protocol, port, verdicts }: ReachQuery): string {
  const traffic = [protocol, port].filter((part) => part !== undefined).join(' ')
  const only = verdicts ? `, only what is ${verdicts.join(' or ')}` : ''
  return `from ${endText(from)} to ${endText(to)}${traffic === '' ? '' : `, ${traffic}`}${only}`
}

function endText(end: EndFilter | undefined): string {
  switch (end?.kind) {
    case undefined:
      return 'any'
    case 'pod':
      return `pod:${end.namespace}/${end.name}`
    case 'namespace':
      return `ns:${end.namespace}`
    case 'node':
      return `node:${end.name}`
    case 'cidr':
      return end.cidr
    case 'external':
      return 'world'
  }
}

import { parseCidr, type Range } from './address.ts'
import { contains, rangeSet } from './range-set.ts'
import type { Party } from './party.ts'
import type { EndFilter } from './reach-report.ts'

/** Whether a party, or a range of outsiders, is what one side of a question names. */
export type EndTest = (party: Party, range?: Range) => boolean

export function endTest(filter: EndFilter | undefined): EndTest {
  if (!filter) return () => true
  switch (filter.kind) {
    case 'pod':
      return ({ id }) => id === `pod ${filter.namespace}/${filter.name}`
    case 'namespace':
      return ({ namespace }) => namespace === filter.namespace
    case 'node':
      return ({ id }) => id === `node ${filter.name}`
    case 'external':
      return ({ kind }) => kind === 'external'
    case 'cidr': {
      const wanted = rangeSet(cidrRange(filter))
      return ({ addresses }) => addresses.some((address) => contains(wanted, address))
    }
  }
}

/** What the question itself tells apart among addresses. */
export function boundariesOf(filter: EndFilter | undefined): Range[] {
  return filter?.kind === 'cidr' ? cidrRange(filter) : []
}

function cidrRange({ cidr }: { cidr: string }): Range[] {
  const range = parseCidr(cidr, { orAddress: true })
  return range ? [range] : []
}

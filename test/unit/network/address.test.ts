import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, formatRange, parseAddress, parseCidr, wholeRange } from '../../../src/network/address.ts'
import { contains, overlap, rangeSet, without } from '../../../src/network/range-set.ts'

const range = fc
  .tuple(fc.nat(40), fc.nat(40))
  .map(([a, b]) => ({ family: 4 as const, first: BigInt(Math.min(a, b)), last: BigInt(Math.max(a, b)) }))

describe('addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:0:0:1:0:0:0:1', 'fd00:0:0:1::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('%s is %s', (text, shown) => {
    const address = parseAddress(text)
    expect(address && formatAddress(address)).toBe(shown)
  })

  test.each(['', '10.0.0', '10.0.0.256', '10.0.0.01', 'fe80::1%eth0', ':::', 'host', '1:2:3:4:5:6:7:8:9'])(
    '%s is none',
    (text) => {
      expect(parseAddress(text)).toBeUndefined()
    },
  )

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['fd00::1/64', 'fd00::/64'],
    ['::/0', '::/0'],
  ])('%s covers %s', (text, shown) => {
    const range = parseCidr(text)
    expect(range && formatRange(range)).toBe(shown)
  })

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/0x8',
    '::ffff:10.0.0.0/104',
    '/8',
  ])('%s is no CIDR', (text) => {
    expect(parseCidr(text)).toBeUndefined()
  })

  test('every IPv6 address survives being shown', () => {
    const { last } = wholeRange(6)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: last }), fc.bigInt({ min: 0n, max: 0xffffn }), (wide, small) => {
        for (const value of [wide, small << 64n, small]) {
          expect(parseAddress(formatAddress({ family: 6, value }))).toEqual({ family: 6, value })
        }
      }),
    )
  })

  test('ranges without others are what is left', () => {
    const within = (ranges: { first: bigint; last: bigint }[], value: bigint) =>
      ranges.some(({ first, last }) => first <= value && value <= last)
    fc.assert(
      fc.property(fc.array(range, { maxLength: 4 }), fc.array(range, { maxLength: 4 }), (ranges, others) => {
        const left = without(ranges, others)
        for (let value = 0n; value <= 41n; value += 1n) {
          expect(within(left, value)).toBe(within(ranges, value) && !within(others, value))
        }
      }),
    )
  })

  test('a set of ranges contains what one of them does', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), range, (ranges, asked) => {
        const set = rangeSet(ranges)
        const within = (value: bigint) => ranges.some(({ first, last }) => first <= value && value <= last)
        const values = Array.from(
          { length: Number(asked.last - asked.first) + 1 },
          (_, index) => asked.first + BigInt(index),
        )
        for (const value of values) expect(contains(set, { family: 4, value })).toBe(within(value))
        const covered = values.filter(within).length
        expect(overlap(set, asked)).toBe(covered === 0 ? 'none' : covered === values.length ? 'all' : 'part')
      }),
    )
  })
})

import { expect, test } from 'vitest'
import { parseTimeout } from '../../../src/cluster/duration.ts'

// Each line was compared with client-go's ParseTimeout; longer times than a timer holds are cut to 24 days.
test.each([
  ['0', 0],
  ['0s', 0],
  ['5', 5000],
  ['+5', 5000],
  ['5s', 5000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['1.s', 1000],
  ['100ms', 100],
  ['1s1s', 2000],
  ['1000us', 1],
  ['1000µs', 1],
  ['10000h', 2 ** 31 - 1],
  ['99999999', 2 ** 31 - 1],
])('%s is %d ms', (text, ms) => expect(parseTimeout(text)).toBe(ms))

test.each(['', '+', 's', '.s', '5 s', '5S', '1d', '-5s', '-5', '1.5', '5s ', ' 5', '1e3s', '٣s', '5s,', '0x5'])(
  '%j is refused',
  (text) => {
    expect(() => parseTimeout(text)).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }))
  },
)

test('it is called by the flag that was typed', () => {
  expect(() => parseTimeout('5x', '--watch')).toThrow('--watch "5x" is not a time')
})

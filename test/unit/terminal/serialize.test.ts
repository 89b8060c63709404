import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toJson } from '../../../src/terminal/serialize.ts'

test('a list that is worked out as it is read is the same JSON as the list', () => {
  const report = fc.record({ kind: fc.string(), rows: fc.array(fc.jsonValue()), more: fc.jsonValue() })
  fc.assert(
    fc.property(report, (value) => {
      const streamed = { ...value, rows: value.rows.values() }
      expect([...toJson(streamed)].join('')).toBe([...toJson(value)].join(''))
      expect([...toJson(value)].join('')).toBe(`${JSON.stringify(value, null, 4)}\n`)
    }),
  )
})

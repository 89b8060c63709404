import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SecureError } from '../../../src/errors.ts'
import { levels, parts } from '../../../src/lockdown/model.ts'
import { touchedParts } from '../../../src/lockdown/touched.ts'

const whole = new Map(levels.map((level) => [level, touchedParts(level, parts)]))

test('each level touches what those before it do, and the last one all', () => {
  expect(whole.get('baseline')).toEqual(['network', 'pods'])
  expect(whole.get('restricted')).toEqual(['network', 'pods', 'tokens', 'quota'])
  expect(whole.get('quarantine')).toEqual([...parts])
})

test('parts that were chosen are taken where all are touched, and else refused by their names and a level that does it', () => {
  const chosen = fc.uniqueArray(fc.constantFrom(...parts), { minLength: 1, maxLength: parts.length - 1 })
  fc.assert(
    fc.property(fc.constantFrom(...levels), chosen, (level, some) => {
      const idle = some.filter((part) => !whole.get(level)?.includes(part))
      if (idle.length === 0) {
        expect(touchedParts(level, some)).toEqual(some)
        return
      }
      const { code, message, hint = '' } = refusalOf(() => touchedParts(level, some))
      expect(code).toBe('usage')
      expect(message).toBe(`level ${level} does nothing to ${idle.join(', ')}`)
      const needed = /--level (\w+)/.exec(hint)?.[1] as (typeof levels)[number]
      expect(touchedParts(needed, some)).toEqual(some)
    }),
  )
})

function refusalOf(run: () => unknown): SecureError {
  try {
    run()
  } catch (error) {
    return error as SecureError
  }
  throw new Error('it was not refused')
}

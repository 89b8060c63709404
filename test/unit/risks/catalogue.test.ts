import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allRules } from '../../../src/risks/catalogue.ts'

test('every rule has words of its own, a reference, and a row in docs/risks.md', () => {
  const page = readFileSync('docs/risks.md', 'utf8')
  const rules = allRules()
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
  for (const { id, title, why, fix, reference } of rules) {
    expect(page, id).toContain(`| \`${id}\` |`)
    for (const text of [title, why, fix]) expect(text.length, id).toBeGreaterThan(10)
    expect(reference).toMatch(/^(?:https:\/\/|docs\/)/)
  }
})

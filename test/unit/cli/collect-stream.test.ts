import { afterEach, expect, test } from 'vitest'
import { isStreamed } from '../../../src/cli/collect-stream.ts'

const isTTY = process.stdout.isTTY
afterEach(() => {
  process.stdout.isTTY = isTTY
})

test('a terminal is no place for a bundle', () => {
  const words = { output: '-', 'encrypt-to': ['age1x'] }
  process.stdout.isTTY = false
  expect(isStreamed(words)).toBe(true)
  expect(isStreamed({ output: 'case' })).toBe(false)
  process.stdout.isTTY = true
  expect(() => isStreamed(words)).toThrow('a terminal')
})

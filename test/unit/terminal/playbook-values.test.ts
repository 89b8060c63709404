import { expect, test } from 'vitest'
import { outputLines } from '../../../src/terminal/playbook-values.ts'

const linesOf = (value: Parameters<typeof outputLines>[0]) => outputLines({ value })[0]?.text

test('objects by their names are one line, records one line each, and the rest counted', () => {
  const pod = (name: string) => ({ kind: 'Pod', namespace: 'shop', name })
  expect(linesOf([pod('a'), pod('b')])).toEqual(['2: Pod shop/a, Pod shop/b'])
  const finding = (count: number) => ({ question: 'exec', severity: 'high', count })
  expect(linesOf([finding(1), finding(2)])).toEqual([
    'question exec, severity high, count 1',
    'question exec, severity high, count 2',
  ])
  expect(linesOf(Array.from({ length: 10 }, (_, index) => finding(index)))?.slice(-2)).toEqual([
    'question exec, severity high, count 7',
    'and 2 more',
  ])
  expect(linesOf([])).toEqual(['0'])
})

test('text that never ends is cut, a path is not', () => {
  expect(linesOf('x'.repeat(1000))?.[0]).toHaveLength(160)
  const path = `/home/ana/.local/state/kubectl-secure/${'a'.repeat(36)}/runs/${'b'.repeat(14)}/evidence.tar.gz`
  expect(linesOf(path)).toEqual([path])
})

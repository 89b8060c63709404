import { expect, test } from 'vitest'
import { locating, recordable } from '../../../src/cli/command-words.ts'

test('a token is not recorded, however it is written', () => {
  const words = ['isolate', 'pod/x', '--token', 'hunter2', '--token=hunter2', '--context', 'prod']
  expect(recordable(words)).toEqual(['isolate', 'pod/x', '--token', '***', '--token=***', '--context', 'prod'])
})

test('the next command finds the same cluster', () => {
  expect(locating({ 'state-namespace': 'kubectl-secure' })).toBe('')
  expect(locating({ context: "o'prod", kubeconfig: '/k', 'state-namespace': 'ir' })).toBe(
    " --kubeconfig /k --context 'o'\\''prod' --state-namespace ir",
  )
})

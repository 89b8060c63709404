import { expect, test } from 'vitest'
import { complete } from '../../../src/cli/completion.ts'

const sources = {
  resources: async () => [
    { type: 'pods', description: 'Pod', subresources: ['exec', 'log'] },
    { type: 'secrets', description: 'Secret', subresources: [] },
  ],
  namespaces: async () => ['shop', 'payments'],
  contexts: async () => ['prod', 'test'],
  subjects: async () => ['sa:shop/web', 'user:jane', 'pod:'],
}
const choices = async (...words: string[]) =>
  (await complete(words, sources)).choices.map((choice) => choice.split('\t')[0])

test('each word by what stands before it', async () => {
  expect(await choices('')).toEqual(['can', 'reach', 'what-can', 'who-can'])
  expect(await choices('who-can', 'del')).toEqual(['delete', 'deletecollection'])
  expect(await choices('who-can', 'get', '')).toEqual(['pods', 'secrets'])
  expect(await choices('who-can', 'get', 'pods/')).toEqual(['pods/exec', 'pods/log'])
  expect(await choices('can', 'user:')).toEqual(['user:jane'])
  expect(await choices('can', 'user:jane', 'get', 's')).toEqual(['secrets'])
  expect(await choices('who-can', '-n', 'p')).toEqual(['payments'])
  expect(await choices('who-can', '-n', 'shop', '-A', 'ge')).toEqual(['get'])
  expect(await choices('who-can', '--context', '')).toEqual(['prod', 'test'])
  expect(await choices('who-can', 'get', 'pods', '-o', 'ta')).toEqual(['table'])
  expect(await choices('what-can', 'user:x', '-o', 'name')).toEqual([])
  expect(await choices('who-can', '--exp')).toEqual(['--expand'])
  expect(await choices('who-can', 'get', 'pods', '')).toEqual([])
  expect(await choices('frobnicate', '')).toEqual([])
})

test('file names where a flag takes a file', async () => {
  for (const flag of ['--snapshot', '--kubeconfig', '--client-key'])
    expect(await complete(['who-can', flag, ''], sources)).toEqual({ choices: [], files: true })
  expect((await complete(['who-can', '--token', ''], sources)).files).toBe(false)
})

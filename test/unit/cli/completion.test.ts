import { expect, test } from 'vitest'
import { manifest } from '../../../src/cli/commands.ts'
import { complete } from '../../../src/cli/completion.ts'

const sources = {
  resources: async () => [
    { type: 'pods', description: 'Pod', subresources: ['exec', 'log'] },
    { type: 'secrets', description: 'Secret', subresources: [] },
  ],
  namespaces: async () => ['shop', 'payments'],
  contexts: async () => ['prod', 'test'],
  subjects: async () => ['sa:shop/web', 'user:jane', 'pod:'],
  runs: async (): Promise<[string, string][]> => [['bk4f-9xzt-2mwq', 'INC-42 isolate pod/api-0']],
  playbooks: async (): Promise<[string, string][]> => [['drill', 'Practise']],
  playbookRuns: async (): Promise<[string, string][]> => [['k2f4-9xzt-2mwq', 'INC-42 drill stopped']],
  workloads: async (type: string) => (type === 'pod' ? ['api-0', 'api-1'] : []),
}
const choices = async (...words: string[]) =>
  (await complete(words, sources)).choices.map((choice) => choice.split('\t')[0])

test('each word by what stands before it', async () => {
  expect(await choices('')).toEqual([...new Set(Object.keys(manifest).map((id) => id.split(':')[0]))])
  const ofEvidence = Object.keys(manifest).flatMap((id) => /^evidence:(.*)$/.exec(id)?.[1] ?? [])
  expect(await choices('evidence', '')).toEqual(ofEvidence)
  expect(await choices('evidence', 'verify', '--pub')).toEqual(['--public-key'])
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
  expect(await choices('paths', '--from', '')).toEqual(['sa:shop/web', 'user:jane', 'pod:', 'node:'])
  expect(await choices('paths', '--to', 'n')).toEqual(['node', 'node:', 'ns:'])
  expect(await choices('who-can', 'get', 'pods', '')).toEqual([])
  expect(await choices('frobnicate', '')).toEqual([])
})

test('runs by id with what they were, and what can be isolated by type and name', async () => {
  for (const command of ['undo', 'resume', 'status'])
    expect((await complete([command, 'b'], sources)).choices).toEqual(['bk4f-9xzt-2mwq\tINC-42 isolate pod/api-0'])
  expect(await choices('preflight', '')).toEqual(['isolate', 'apply'])
  expect(await choices('isolate', 'st')).toEqual(['statefulset/'])
  expect(await choices('isolate', 'pod/')).toEqual(['pod/api-0', 'pod/api-1'])
  expect(await choices('undo', 'b', '--dry-run', '')).toEqual(['none', 'server'])
  expect(await choices('lockdown', 'p')).toEqual(['payments'])
  expect(await choices('lockdown', 'shop', 'bank', 'p')).toEqual(['payments'])
})

test('playbooks by name or file, and their runs', async () => {
  expect(await complete(['playbook', 'run', 'd'], sources)).toEqual({ choices: ['drill\tPractise'], files: true })
  expect(await choices('playbook', 'resume', 'k')).toEqual(['k2f4-9xzt-2mwq'])
  expect(await choices('playbook', 'undo', 'b')).toEqual([])
  expect((await complete(['playbook', 'validate', 'a.yaml', ''], sources)).files).toBe(true)
})

test('file names where a flag takes a file', async () => {
  expect((await complete(['apply', '-f', ''], sources)).files).toBe(true)
  for (const flag of ['--snapshot', '--kubeconfig', '--client-key'])
    expect(await complete(['who-can', flag, ''], sources)).toEqual({ choices: [], files: true })
  expect((await complete(['lockdown', 'shop', '--flows', ''], sources)).files).toBe(true)
  expect((await complete(['who-can', '--token', ''], sources)).files).toBe(false)
})

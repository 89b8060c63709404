import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bound, boundObject, reader, readerObject, whoReads } from './objects.ts'
import { ask, folder, type Report, secure } from './run.ts'

const typed = (kind: string, items: object[]) =>
  JSON.stringify({
    kind,
    apiVersion: 'rbac.authorization.k8s.io/v1',
    items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  })
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')

const ways: Record<string, Record<string, string | Uint8Array>> = {
  'one file of many documents': {
    'a.yaml': `# first\n---\n${reader}---\n# nothing here\n---\n${bound('b', 'jane')}---\n`,
  },
  'several files in folders': { 'roles/a.yml': reader, 'bindings/deep/B.YAML': bound('b', 'jane') },
  'a List': {
    'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [readerObject, boundObject('b', 'jane')] }),
  },
  'lists whose items leave out their kind': {
    'a.json': typed('ClusterRoleList', [readerObject]),
    'b.json': typed('ClusterRoleBindingList', [boundObject('b', 'jane')]),
  },
  'JSON documents one behind the other': {
    'a.json': `${JSON.stringify(readerObject)}\n${JSON.stringify(boundObject('b', 'jane'), null, 2)}`,
  },
  'JSON, then YAML': { 'a.json': `${JSON.stringify(readerObject)}\n---\n${bound('b', 'jane')}` },
  'a byte order mark': { 'a.yaml': `\ufeff${reader}`, 'b.json': `\ufeff${JSON.stringify(boundObject('b', 'jane'))}` },
  CRLF: { 'a.yaml': `${reader}---\n${bound('b', 'jane')}`.replaceAll('\n', '\r\n') },
  'UTF-16, as PowerShell writes it': { 'a.yaml': utf16(`${reader}---\r\n${bound('b', 'jane')}`) },
  'files of nothing': {
    'a.yaml': reader,
    'b.yaml': '',
    'c.yaml': '# only\n\n# comments',
    'd.json': ' \n',
    'e.yaml': '---\n---\n',
    'f.yaml': bound('b', 'jane'),
  },
  'a ruler of comment signs': {
    'a.yaml': `${'#'.repeat(5000)}\n${reader}`,
    'b.yaml': `---\n${'# '.repeat(2000)}\n${bound('b', 'jane')}`,
  },
  'the same object twice': { 'a.yaml': reader, 'b.yaml': `${reader}---\n${bound('b', 'jane')}` },
  'kinds that grant nothing': {
    'a.yaml': `${reader}---\n${bound('b', 'jane')}---\n{apiVersion: example.com/v1, kind: AllowList, metadata: {name: x}, items: [a]}`,
  },
}

test.each(Object.entries(ways))('%s', async (_, files) => {
  const { code, stderr, report } = await ask(files, ...whoReads)
  expect({ code, stderr, complete: report.complete }).toEqual({ code: 0, stderr: '', complete: true })
  expect(report.subjects.map(({ name }) => name)).toEqual(['jane'])
})

test('the same object with another content is said, and the first counts', async () => {
  const { code, report } = await ask(
    { 'a.yaml': reader, 'b.yaml': `${bound('b', 'jane')}---\n${reader.replace('[get]', '[list]')}` },
    ...whoReads,
  )
  expect([code, report.subjects.length]).toEqual([3, 1])
  expect(report.gaps[0]).toMatchObject({
    what: 'b.yaml: document 2, line 6',
    why: 'ClusterRole reader stands at a.yaml: document 1, line 1 with another content; the first is used',
  })
})

test('several --snapshot, and a link loop below one of them', async () => {
  const [roles, bindings] = [folder({ 'a.yaml': reader }), folder({ 'b.yaml': bound('b', 'jane') })]
  symlinkSync(bindings, join(bindings, 'loop'))
  symlinkSync(join(bindings, 'self.yaml'), join(bindings, 'self.yaml'))
  const { code, stdout } = await secure([...whoReads, '--snapshot', roles, '--snapshot', bindings, '-o', 'json'])
  const report = JSON.parse(stdout) as Report
  expect([code, report.subjects.length]).toEqual([3, 1])
  expect(report.gaps).toMatchObject([
    { what: join(bindings, 'self.yaml'), why: expect.stringContaining('ELOOP') as unknown },
  ])
})

test('the rules of aggregated roles are worked out, through other aggregated roles, and in a circle', async () => {
  const aggregate = (name: string, label: string, own: string) =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ${name}, labels: {${own}: "yes"}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {${label}: "yes"}}]}\nrules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]\n`
  const source = reader.replace('name: reader', 'name: source\n  labels: {low: "yes"}')
  const files = {
    'a.yaml': [
      aggregate('middle', 'low', 'mid'),
      aggregate('top', 'mid', 'low'),
      source,
      bound('b', 'jane', 'top'),
    ].join('---\n'),
  }
  const { code, report } = await ask(files, ...whoReads)
  expect(code).toBe(0)
  expect(report.subjects[0]?.grants.map(({ aggregatedFrom }) => aggregatedFrom)).toEqual([['source']])
  expect(report.notes.join()).toMatch(/ClusterRole middle: its aggregated rules are computed/)
  const other = await ask(files, 'who-can', 'delete', 'nodes')
  expect([other.code, other.report.subjects]).toEqual([1, []])
})

test('a CustomResourceDefinition is the discovery of its kind', async () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backups.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: backups, singular: backup, kind: Backup, shortNames: [bk]}
  versions: [{name: v1, subresources: {status: {}}}]
`
  const role = reader.replace('[""]', '[example.com]').replace('[secrets]', '[backups]')
  const files = { 'crd.yaml': crd, 'r.yaml': `${role}---\n${bound('b', 'jane')}` }
  for (const type of ['backups', 'bk', 'Backup', 'backups.example.com']) {
    const { report } = await ask(files, 'who-can', 'get', type, '-A')
    expect({ type, names: report.subjects.map(({ name }) => name) }).toEqual({ type, names: ['jane'] })
  }
  const { report } = await ask(files, 'who-can', 'get', 'backups/status', '-A')
  expect(report.subjects).toEqual([])
})

import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readDocuments } from '../../src/snapshot/documents.ts'
import { snapshotFromFiles } from '../../src/snapshot/from-files.ts'
import { describeWithCluster } from '../cluster/suite.ts'
import { reader } from './objects.ts'
import { cleanEnv, example, folder, root } from './run.ts'

describeWithCluster('control-plane', 'kubectl and its plugin', (cluster) => {
  let path = ''
  beforeAll(() => {
    path = join(folder(), 'bin')
    symlinkSync(join(root, 'bin'), path)
  })
  const kubectl = async (...words: string[]) =>
    await cluster().exec([cluster().kubectl, ...words], {
      env: {
        ...cleanEnv(folder()),
        KUBECONFIG: cluster().kubeconfig,
        PATH: `${path}:${join(process.execPath, '..')}:/usr/bin:/bin`,
      },
    })

  test('kubectl finds it, and has nothing to warn of', async () => {
    const { code, stdout, stderr } = await kubectl('plugin', 'list')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`${path}/kubectl-secure\n`)
  })

  test('kubectl secure answers, with its own exit code', async () => {
    const some = await kubectl('secure', 'who-can', 'get', 'secrets', '-n', 'kube-system', '-o', 'name')
    expect([some.code, some.stdout, some.stderr]).toEqual([
      0,
      expect.stringContaining('sa:kube-system/token-cleaner\n'),
      '',
    ])
    const none = await kubectl('secure', 'can', 'user:nobody', 'get', 'secrets')
    expect([none.code, none.stdout]).toEqual([1, 'no - no rule allows it in namespace default\n'])
    const usage = await kubectl('secure', 'what-can', 'nobody')
    expect([usage.code, usage.stdout]).toEqual([2, ''])
  })

  test.each([
    [['who-can', 'get', 'se'], /^secrets\tSecret$/m],
    [['who-can', 'get', 'pods/e'], /^pods\/exec$/m],
    [['who-can', 'cre'], /^create$/m],
    [['who-can', 'get', 'pods', '-n', 'kube-s'], /^kube-system$/m],
    [['who-can', 'get', 'pods', '--sna'], /^--snapshot\t/m],
    [['who-can', 'get', 'pods', '-o', 'w'], /^wide$/m],
    [['what-can', 'sa:kube-system/def'], /^sa:kube-system\/default$/m],
    [['what-can', '--snapshot', example, 'user:ja'], /^user:jane@example.com$/m],
    [['w'], /^who-can\tWho can do this/m],
  ])('the shell completes %j', async (words, offers) => {
    const { code, stdout } = await kubectl('__complete', 'secure', ...words)
    expect([code, stdout]).toEqual([0, expect.stringMatching(offers)])
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(':4')
  })

  test('completion without a cluster, and of nonsense, offers something or nothing, and never fails', async () => {
    for (const words of [
      ['secure', '--kubeconfig', '/none', 'who-can', 'get', 'se'],
      ['secure', 'frobnicate', ''],
      ['secure', 'who-can', 'get', 'pods', '--snapshot', '/none', '-n', ''],
    ]) {
      const { code, stdout } = await kubectl('__complete', ...words)
      expect([code, stdout]).toEqual([0, expect.stringMatching(/:\d+\n$/)])
    }
  })

  const rule = (text: string) => reader.replace('[get]', text)
  const odd: Record<string, string> = {
    ...Object.fromEntries(
      [
        'y',
        'On',
        'no',
        '~',
        'null',
        '010',
        '0o10',
        '09',
        '0x1f',
        '0b11',
        '+1',
        '1_000',
        '1e3',
        '1e',
        '.5',
        '1:30',
        '1.',
        '2001-01-01',
        '2001-01-01T00:00:00Z',
        '!!str yes',
        '! yes',
        '"1"',
        '=',
        '<<',
        '.inf',
      ].map((verb) => [`the verb ${verb}`, rule(`[${verb}]`)]),
    ),
    'a label of a number, a word, and nothing': reader.replace(
      '  name: reader',
      '  name: reader\n  labels: {010: a, yes: b, c: , 1_0: d}',
    ),
    'an anchor': `${rule('&verbs [get]')}- {apiGroups: [""], resources: [pods], verbs: *verbs}\n`,
    'a merge key': `${reader}- &rule {apiGroups: [""], resources: [pods], verbs: [get]}\n- {<<: *rule, resources: [nodes]}\n`,
    'merge keys in a list': `${reader}- &a {apiGroups: [""], resources: [pods]}\n- &b {resources: [x], verbs: [list]}\n- {<<: [*a, *b]}\n`,
    'a merge key behind others': `${reader}- &rule {apiGroups: [""], resources: [pods], verbs: [get]}\n- {resources: [nodes], <<: *rule}\n`,
    'a key twice': `${reader}  verbs: ["*"]\n`,
    'a rule behind U+2028 in a comment': `${reader}# fine \u2028- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}\n`,
    'a rule behind U+0085 in a comment': `${reader}# fine \u0085- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}\n`,
    'a folded text': rule('["a\n    b"]'),
    'text behind ---': `--- {kind: ClusterRole}\n${reader}`,
    'a second document behind ...': `${reader}...\n${reader.replace('reader', 'other')}`,
    'carriage returns': reader.replaceAll('\n', '\r\n'),
    'JSON with a key twice': '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","name":"b"}}',
    'JSON documents in a row':
      '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"b"}}',
    'JSON with comments': '{"apiVersion":"v1","kind":"Namespace", # hi\n"metadata":{"name":"a",}}',
    'a self-reference': 'apiVersion: v1\nkind: List\nitems: &a\n- *a\n',
  }
  test.each(Object.entries(odd))('%s is read as kubectl reads it, or not at all', async (_, text) => {
    const file = join(folder(), 'a.yaml')
    writeFileSync(file, text)
    const { gaps } = await snapshotFromFiles([file])
    const { code, stdout } = await kubectl('create', '--dry-run=client', '--validate=false', '-o', 'json', '-f', file)
    if (gaps.length > 0) return
    expect(code).toBe(0)
    const [ours, theirs] = [await readDocuments(text), await readDocuments(stdout)]
    expect(ours.map(({ value }) => value)).toEqual(theirs.map(({ value }) => value))
  })

  test('and what is plain is read at all', async () => {
    for (const name of [
      'the verb 2001-01-01',
      'the verb 1:30',
      'an anchor',
      'a merge key',
      'merge keys in a list',
      'carriage returns',
      'JSON documents in a row',
    ]) {
      const file = join(folder(), 'a.yaml')
      writeFileSync(file, odd[name] ?? '')
      expect({ name, gaps: (await snapshotFromFiles([file])).gaps }).toEqual({ name, gaps: [] })
    }
  })
})

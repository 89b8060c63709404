import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bound, boundObject, reader, readerObject, whoReads } from './objects.ts'
import { ask, folder, type Report, secure } from './run.ts'

const good = `${reader}---\n${bound('b', 'jane')}` // 14 lines, then `---`, then what is wrong
const head = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: odd}\n'
const subjects = (list: string) => bound('odd', 'x').replace(/subjects: .*/, `subjects: ${list}`)

// What is wrong, the line it is in (from its own first), and what is said of it.
const wrong: Record<string, [text: string, line: number, why: RegExp]> = {
  'not YAML': ['# a comment\na: [1\nb: 2\n', 3, /deficient indentation/],
  'a tab as indentation': ['a:\n\tb: 1\n', 2, /tab/],
  'verbs that are a word': [
    `${head}rules:\n- {verbs: get}\n`,
    1,
    /^ClusterRole odd: rules\[0\]\.verbs must be a list, not "get"$/,
  ],
  'rules that are a word': [`${head}rules: x\n`, 1, /^ClusterRole odd: rules must be a list, not "x"$/],
  'a rule that is nothing': [`${head}rules: [null]\n`, 1, /rules\[0\] must be an object, not null$/],
  'yes as a verb': [
    `${head}rules: [{apiGroups: [""], resources: [x], verbs: [yes]}]\n`,
    1,
    /verbs\[0\] must be a string, not true$/,
  ],
  'a number as name': [head.replace('odd', '123'), 1, /^ClusterRole: metadata\.name must be a string, not 123$/],
  'no metadata': [head.replace(/metadata.*\n/, ''), 1, /metadata must be an object, not missing$/],
  'a subject that is nothing': [
    subjects('[null]'),
    1,
    /^ClusterRoleBinding odd: subjects\[0\] must be an object, not null$/,
  ],
  'a subject of another kind': [
    subjects('[{kind: Robot, name: x}]'),
    1,
    /subjects\[0\]\.kind must be User, Group or ServiceAccount, not "Robot"$/,
  ],
  'a binding to nothing': [bound('odd', 'x').replace(/roleRef.*\n/, ''), 1, /roleRef must be an object, not missing$/],
  'a list': ['- a\n- b\n', 1, /^not a Kubernetes object$/],
  'a word': ['hello\n', 1, /^not a Kubernetes object$/],
  'no kind': ['apiVersion: v1\n', 1, /^no kind: not a Kubernetes object$/],
  'a List of a word': ['{apiVersion: v1, kind: List, items: x}\n', 1, /^List: items must be a list$/],
  'a List that holds itself': ['&a\napiVersion: v1\nkind: List\nitems:\n- *a\n', 1, /YAML alias/],
  'keys twice': [`${head}rules: []\nrules: [{verbs: ["*"]}]\n`, 5, /duplicated mapping key/],
  'a hidden line break': [
    `${head}# all is well \u2028rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]\n`,
    4,
    /^U\+2028 is a line break to kubectl/,
  ],
  'a control character': [`${head}# \u007f\n`, 4, /^the control character U\+007F/],
  'a late merge key': ['x: &x {a: 1}\ny:\n  a: 2\n  <<: *x\n', 4, /^a merge key \(<<\) that is not the first key/],
  'deep nesting': [`a: ${'['.repeat(5000)}\n`, 1, /nesting/],
}

test.each(Object.entries(wrong))(
  '%s: named with its file, document and line; the rest is answered',
  async (_, [text, line, why]) => {
    const { code, report, stderr } = await ask(
      { 'a.yaml': `${good}---\n${text}---\n${bound('c', 'joe')}` },
      ...whoReads,
    )
    expect(report.subjects.map(({ name }) => name)).toEqual(['jane', 'joe'])
    expect([code, report.complete, report.gaps.length]).toEqual([3, false, 1])
    const [gap] = report.gaps
    // An object is where its document begins, at its separator; what is no YAML at all is where reading stopped.
    const expected = line === 1 && !/tab|nesting/.test(why.source) ? 15 : 15 + line
    expect(gap?.what).toMatch(new RegExp(`^a\\.yaml: document 3, line ${expected}(, items\\[0\\])?$`))
    expect(gap?.why).toMatch(why)
    expect(stderr).toBe(`Warning: incomplete: ${gap?.what}: ${gap?.why}; hidden: ${gap?.hides}\n`)
  },
)

test('broken JSON: the line, and whether the file just ends', async () => {
  const lines = JSON.stringify([readerObject], null, 1)
  const cases: [string, string, RegExp][] = [
    [lines.slice(0, -30), 'line 16', /ends in the middle/],
    ['{\n"a": 1,\n"b": @\n}', 'line 3', /not valid JSON here/],
    ['{\n"a": 1\n"b": 2\n}', 'line 3', /not valid JSON here/],
    [`${JSON.stringify(boundObject('b', 'jane'))}\n{\n"a": @\n}\n`, 'document 2, line 2', /not valid JSON here/],
  ]
  for (const [text, where, why] of cases) {
    const { code, report } = await ask({ 'a.json': text, 'b.yaml': reader }, ...whoReads)
    expect({ text, code, gap: report.gaps[0] }).toEqual({
      text,
      code: 3,
      gap: {
        what: expect.stringContaining(where) as unknown,
        why: expect.stringMatching(why) as unknown,
        hides: 'whatever that document grants',
      },
    })
  }
})

test('files that cannot be read, and bytes that are no text', async () => {
  const files = folder({ 'a.yaml': good, 'b.yaml': Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff) })
  const closed = join(files, 'closed')
  mkdirSync(closed)
  writeFileSync(join(files, 'c.yaml'), bound('c', 'eve'))
  for (const path of [closed, join(files, 'c.yaml')]) chmodSync(path, 0)
  chmodSync(files, 0o755)
  // Root may read everything.
  const uid = process.getuid?.() === 0 ? 65534 : undefined
  const { code, stdout, stderr } = await secure([...whoReads, '--snapshot', '.', '-o', 'json'], {
    cwd: files,
    ...(uid ? { uid } : {}),
  })
  chmodSync(closed, 0o755)
  const report = JSON.parse(stdout) as Report
  expect([code, stderr]).toEqual([3, expect.not.stringContaining('bug')])
  expect(report.subjects.map(({ name }) => name)).toEqual(['jane'])
  expect(report.gaps.map(({ what }) => what)).toEqual(['closed', 'b.yaml: document 1, line 1', 'c.yaml'])
  expect(report.gaps.map(({ why }) => why).join()).toMatch(/EACCES.*control character U\+007F.*EACCES/)
})

test('bombs and poison end, and do no harm', async () => {
  const ten = (name: string) => `[${Array.from({ length: 10 }, () => `*${name}`).join()}]`
  const lists = Array.from(
    { length: 12 },
    (_, n) => `- &k${n + 1} {apiVersion: v1, kind: List, items: ${ten(`k${n}`)}}\n`,
  )
  const bomb = `apiVersion: v1\nkind: List\nitems:\n- &k0 {apiVersion: v1, kind: Namespace, metadata: {name: x}}\n${lists.join('')}`
  const deep = '{"kind":"List","apiVersion":"v1","items":['.repeat(20_000)
  const poison = `__proto__: {verbs: ["*"]}\nconstructor: {name: x}\n${head}rules: [{__proto__: {verbs: ["*"]}, apiGroups: [""], resources: [secrets]}]\n---\n${bound('p', 'eve', 'odd')}`
  const { code, report, stderr } = await ask(
    { 'bomb.yaml': bomb, 'deep.json': deep + ']}'.repeat(20_000), 'p.yaml': poison, 'good.yaml': good },
    ...whoReads,
  )
  expect([code, stderr]).toEqual([3, expect.not.stringContaining('bug')])
  expect(report.subjects.map(({ name }) => name)).toEqual(['jane'])
  expect(report.gaps.map(({ why }) => why).join()).toMatch(/lists within lists/)
})

test('two hundred thousand entries', async () => {
  const items = Array.from({ length: 200_000 }, (_, n) => boundObject(`b${n}`, `user-${n}`))
  const { code, stdout } = await secure([...whoReads, '-o', 'name', '--snapshot', '.'], {
    cwd: folder({ 'a.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [readerObject, ...items] }) }),
  })
  expect([code, stdout.split('\n').length]).toEqual([0, 200_001])
})

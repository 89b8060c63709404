import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { starter } from '../../src/playbook/starter.ts'
import { folder, hasTerminal, onTerminal, secure } from './run.ts'

const note = `apiVersion: kubectl-secure.github.io/v1
kind: Playbook
metadata: {name: own, version: 1.0.0, title: Ours, attack: [T1609]}
inputs: {ns: {type: namespace, ask: Where?}}
steps:
  - {id: sure, type: decision, ask: Sure?, cases: {go: {label: Go, next: cut}, stop: {label: Stop, next: end}}}
  - {id: cut, type: command, run: isolate, with: {target: "\${{ inputs.ns }}"}, title: Cut}
`

test('a new playbook is written once, and is right', async () => {
  const cwd = folder()
  const made = await secure(['playbook', 'new', 'mine'], { cwd })
  expect(made).toMatchObject({ code: 0, stdout: 'mine.yaml\n' })
  expect(readFileSync(join(cwd, 'mine.yaml'), 'utf8')).toBe(starter('mine'))
  expect(await secure(['playbook', 'validate', 'mine.yaml'], { cwd })).toMatchObject({ code: 0, stdout: '' })
  const again = await secure(['playbook', 'new', 'mine'], { cwd })
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('it is kept') as string })
  expect((await secure(['playbook', 'new', '../x'], { cwd })).code).toBe(2)
})

test('mistakes are lines with file, line, field and what was meant; hostile text is shown, not obeyed', async () => {
  const wrong = note.replace('run: isolate', 'run: isolte').replace('title: Ours', 'title: Ours, "\\e[2Jx": 1')
  const cwd = folder({ 'a.yaml': note, 'b.yaml': wrong, 'c.yaml': wrong.replace(/, "[^}]*/, '') })
  const { code, stdout } = await secure(['playbook', 'validate', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^b\.yaml:3: \/metadata\/\\u\{1b\}\[2Jx: there is no such field/)
  expect(stdout).toContain('c.yaml:7: /steps/1/run: there is no action isolte: did you mean isolate?\n')
  expect(stdout).not.toContain('\u001b')
  expect((await secure(['playbook', 'validate', 'none.yaml'], { cwd })).code).toBe(2)
  const json = await secure(['playbook', 'validate', 'c.yaml', '-o', 'json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'PlaybookValidation', files: [{ complaints: [{ line: 7 }] }] })
})

test('lists what ships and what is ours, and shows one as an outline', async () => {
  const cwd = folder({ 'own.yaml': note })
  const env = { KUBECTL_SECURE_PLAYBOOKS: cwd }
  const listed = await secure(['playbook', 'list'], { env })
  expect(listed.stdout).toMatch(/^NAME +VERSION +ATT&CK +TRUST +TITLE\n/)
  expect(listed.stdout).toMatch(/\ncompromised-pod +[\d.]+ +\S+ +shipped +/)
  expect(listed.stdout).toMatch(/\nown +1\.0\.0 +T1609 +read-only: it is not signed +Ours\n/)
  expect(listed.code).toBe(0)
  const shown = await secure(['playbook', 'show', 'own'], { env })
  expect(shown.stdout).toContain('either      Go → cut\n')
  expect(shown.stdout).toContain('isolate [changes the cluster]')
  const unknown = await secure(['playbook', 'show', 'compromised-pd'], { env })
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean compromised-pod?') as string })
})

test('tests those that ship, and ours: what differs, and what no case takes', async () => {
  const shipped = await secure(['playbook', 'test', 'compromised-pod', '--coverage'])
  expect(shipped).toMatchObject({ code: 0, stderr: '' })
  expect(shipped.stdout).toMatch(
    /^ok +compromised-pod: [^\n]+\n(?:ok +compromised-pod: [^\n]+\n)+all +compromised-pod: (\d+) of \1 ways/,
  )
  const tests = `apiVersion: kubectl-secure.github.io/v1
kind: PlaybookTest
cluster: [{apiVersion: v1, kind: Namespace, metadata: {name: shop}}]
answers: {inputs: {ns: shop}}
cases:
  - {name: "it stops\\e[2J", answers: {decisions: {sure: stop}}, expect: {path: [sure]}}
`
  const cwd = folder({ 'own.yaml': note, 'own.test.yaml': tests })
  const env = { KUBECTL_SECURE_PLAYBOOKS: cwd }
  expect((await secure(['playbook', 'list', '-o', 'name'], { env })).stdout).not.toContain('test')
  for (const word of ['own', './own.yaml', './own.test.yaml']) {
    const { code, stdout } = await secure(['playbook', 'test', word], { cwd, env })
    expect([word, code]).toEqual([word, 0])
    expect(stdout).toBe(
      'ok      own: it stops\\u{1b}[2J\nnot     own: 2 of 4 ways are taken\n        sure: nobody decides go\n        cut: no case takes it\n',
    )
  }
  expect((await secure(['playbook', 'test', 'own', '--coverage'], { env })).code).toBe(1)
  const wrong = folder({ 'own.yaml': note, 'own.test.yaml': tests.replace('path: [sure]', 'path: [sure, cut]') })
  const failed = await secure(['playbook', 'test', './own.yaml'], { cwd: wrong })
  expect(failed.code).toBe(1)
  expect(failed.stdout).toContain(
    '\n        path, after sure\n          expected    cut\n          got         the end\n',
  )
  const json = await secure(['playbook', 'test', './own.yaml', '-o', 'json'], { cwd: wrong })
  expect(JSON.parse(json.stdout)).toMatchObject({
    kind: 'PlaybookTestReport',
    playbooks: [{ name: 'own', cases: [{ ok: false, differences: [{ expected: 'cut', got: 'the end' }] }] }],
  })
  const bad = folder({ 'own.yaml': note, 'own.test.yaml': tests.replace('sure: stop', 'sur: stop') })
  const refused = await secure(['playbook', 'test', './own.yaml'], { cwd: bad })
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/own\.test\.yaml:6: .*nothing asks for sur: did you mean sure\?/)
  const validated = await secure(['playbook', 'validate', 'own.yaml', 'own.test.yaml'], { cwd: bad })
  expect(validated).toMatchObject({ code: 1 })
  expect(validated.stdout).toMatch(/^own\.test\.yaml:6: [^\n]*did you mean sure\?\n$/)
  const none = await secure(['playbook', 'test', './own.yaml'], { cwd: folder({ 'own.yaml': note }) })
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('own has no tests') as string })
})

// Before any cluster is asked: there is none here.
test.each([
  ['nothing', undefined],
  ['yes, and yes again', 'y\nyes\n\n'.repeat(100)],
])(
  'without a terminal and answers all that is missing is said at once; %s on a pipe answers nothing',
  async (_what, input) => {
    const cwd = folder({ 'own.yaml': note })
    const ran = await secure(['playbook', 'run', './own.yaml'], { cwd, ...(input !== undefined && { input }) })
    expect(ran).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: nobody is there to answer (no terminal), and there is no file that answers 3 of what playbook own may ask:
inputs:
  ns: <namespace>   # Where? (NAME)
decisions:
  sure: <go|stop>   # Sure?
confirm:
  cut: <true|false>   # Cut
Answer it on a terminal, or in a file: --answers FILE (docs/playbooks.md). What is decided in it leaves out the other ways.
`,
    })
  },
)

test('where nothing is asked, nobody has to be there', async () => {
  const cwd = folder({
    'own.yaml': note
      .replace(/inputs: .*\n/, '')
      .replace(/steps:[^]*/, 'steps:\n  - {id: hello, type: note, text: Hello}\n'),
  })
  const words = ['--dry-run=server', '--snapshot', join(import.meta.dirname, '../../examples/cluster.json')]
  const { code, stdout, stderr } = await secure(['playbook', 'run', './own.yaml', ...words], { cwd })
  expect({ code, stdout }, stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('Hello') as string })
})

test('answers that are wrong are refused before any cluster is asked', async () => {
  const cwd = folder({ 'own.yaml': note, 'a.yaml': 'inputs: {ns: shop}\ndecisions: {sure: stp}\n' })
  const { code, stderr } = await secure(['playbook', 'run', './own.yaml', '--answers', 'a.yaml'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('a.yaml:2: /decisions/sure: there is no case "stp": did you mean stop?')
})

test('a rehearsal on files asks questions, and says what only the cluster knows', async () => {
  const cwd = folder({
    'p.yaml': note.replace(
      'run: isolate, with: {target: "${{ inputs.ns }}"}',
      'run: who-can, with: {verb: get, resource: secrets}',
    ),
    'a.yaml': 'inputs: {ns: payments}\n',
  })
  const words = [
    'playbook',
    'run',
    './p.yaml',
    '--answers',
    'a.yaml',
    '--snapshot',
    join(import.meta.dirname, '../../examples/cluster.json'),
  ]
  expect((await secure(words, { cwd })).stderr).toContain('add --dry-run=server')
  const { stdout, code } = await secure([...words, '--dry-run=server', '-o', 'json'], { cwd })
  const report = JSON.parse(stdout) as { steps: { step: string; result: string; outputs?: { subjects: string[] } }[] }
  expect(report.steps.map(({ step, result }) => `${step} ${result}`)).toEqual(['sure open', 'cut answered'])
  expect(report.steps[1]?.outputs?.subjects.length).toBeGreaterThan(1)
  // Files do not say which authorizers there are.
  expect(code).toBe(3)
})

test('a test message says which channels took it', async () => {
  const got: string[] = []
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => got.push(text))
    request.on('end', () => response.writeHead(request.url === '/bad' ? 400 : 200).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const of = (path: string) => ({ type: 'webhook', url: `http://127.0.0.1:${port}${path}`, secret: { env: 'SECRET' } })
  const cwd = folder({ 'channels.json': JSON.stringify({ channels: { good: of('/'), bad: of('/bad') } }) })
  const env = { KUBECTL_SECURE_CHANNELS: join(cwd, 'channels.json'), SECRET: 'hush' }
  try {
    const { code, stdout } = await secure(['notify', 'test'], { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(/\ngood +webhook +yes\n/)
    expect(stdout).toMatch(/\nbad +webhook +NO +\S/)
    expect(got.join('')).toContain('nothing has happened')
    expect((await secure(['notify', 'test', 'good'], { env })).code).toBe(0)
    const unknown = await secure(['notify', 'test', 'goood'], { env })
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean good?') as string })
  } finally {
    server.close()
  }
})

test.skipIf(!hasTerminal)(
  'what is typed is held against the pattern of a playbook for a moment, and asked for again',
  async () => {
    const own = dump({
      apiVersion: 'kubectl-secure.github.io/v1',
      kind: 'Playbook',
      metadata: { name: 'own', version: '1.0.0', title: 'Ours' },
      inputs: { word: { type: 'string', ask: 'Which word?', pattern: '^(a+)+$' } },
      steps: [{ id: 'said', type: 'note', text: 'Hello' }],
    })
    const cwd = folder({ 'own.yaml': own, 'list.json': '{"apiVersion": "v1", "kind": "List", "items": []}' })
    const files = [join(cwd, 'own.yaml'), '--dry-run=server', '--snapshot', join(cwd, 'list.json')]
    const { code, text } = await onTerminal(['playbook', 'run', ...files], {}, [
      [/Which word\?/, `${'a'.repeat(60)}!\r`],
      // ^U empties the line.
      [/it takes too long to look whether the text matches/, '\u0015aaa\r'],
    ])
    expect(text).toContain('✔ Which word? (text that matches ^(a+)+$) aaa')
    expect(code).toBe(0)
  },
)

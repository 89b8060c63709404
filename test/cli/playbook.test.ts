import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { starter } from '../../src/playbook/starter.ts'
import { folder, secure } from './run.ts'

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

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

export const root = join(import.meta.dirname, '..', '..')
export const binary = join(root, 'bin', 'kubectl-secure')
export const example = join(root, 'examples', 'cluster.json')

export type Ran = { code: number; stdout: string; stderr: string }
export type RunOptions = {
  env?: Record<string, string>
  cwd?: string
  /** The exit of the process is awaited anyhow; this is called as soon as it runs, for signals. */
  onStart?: (pid: number) => void
  /** Gets all of standard error so far, whenever there is more of it. */
  onStderr?: (text: string) => void
  bin?: string
  uid?: number
  /** Standard input; without it there is none. */
  input?: string | Uint8Array
}

const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-cli-'))
chmodSync(base, 0o755)
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** A new folder, gone after the file's tests; its files may hold any bytes. */
export function folder(files: Record<string, string | Uint8Array> = {}): string {
  const path = mkdtempSync(join(base, 'f-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

/** The environment of a user with nothing: an empty home, so no kubeconfig, no colour asked for. */
export function cleanEnv(home: string, more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '/usr/bin:/bin' } = process.env
  return { PATH, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), KUBECONFIG: '', ...more }
}

/** Runs the tool as a user would. */
export async function secure(
  args: string[],
  { env = {}, cwd, onStart, onStderr, bin = binary, uid, input }: RunOptions = {},
): Promise<Ran> {
  const home = folder()
  const child = spawn(process.execPath, [bin, ...args], {
    env: cleanEnv(home, env),
    cwd: cwd ?? home,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  })
  const ran: Ran = { code: -1, stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    ran.stderr += text
    onStderr?.(ran.stderr)
  })
  child.stdin?.end(input)
  if (child.pid !== undefined) onStart?.(child.pid)
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ ...ran, code: code ?? (signal === 'SIGINT' ? 130 : -1) }))
  })
}

/** Whether a pseudo terminal can be had: util-linux' script. */
export const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

/** Runs the tool on a pseudo terminal; what stands there at the end. Each answer is typed once its question stands there, in order. */
export async function onTerminal(
  args: string[],
  env: Record<string, string>,
  answers: [RegExp, string][],
): Promise<{ code: number; text: string }> {
  const home = folder()
  const quoted = [process.execPath, binary, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const child = spawn('script', ['-qec', quoted, '/dev/null'], { env: cleanEnv(home, env), cwd: home })
  onTestFinished(() => void child.kill('SIGKILL'))
  const left = [...answers]
  let [text, from] = ['', 0]
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const [question, keys] = left[0] ?? []
    if (!question || keys === undefined || !question.test(text.slice(from))) return
    left.shift()
    from = text.length
    child.stdin.write(keys)
  })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, text }))
  })
}

/** A question to manifests: they are written to a folder, and the answer comes as JSON. */
export async function ask(
  files: Record<string, string | Uint8Array>,
  ...words: string[]
): Promise<Ran & { report: Report }> {
  const ran = await secure([...words, '-o', 'json', '--snapshot', '.'], { cwd: folder(files) })
  return { ...ran, report: (ran.stdout === '' ? {} : JSON.parse(ran.stdout)) as Report }
}

/** What the tests look at of an answer. */
export type Report = {
  complete: boolean
  verdict?: string
  gaps: { what: string; why: string; hides: string; resource?: string; namespace?: string; name?: string }[]
  notes: string[]
  subjects: {
    kind: string
    name: string
    namespace?: string
    scope: string
    resourceNames?: string[]
    grants: Grant[]
  }[]
  rights: { scope: string; resource?: string; verbs: string[] }[]
  dangling: { why: string }[]
}
type Grant = {
  binding: { kind: string; name: string }
  roleRef: { kind: string; name: string }
  aggregatedFrom?: string[]
  assumed?: true
}

import { spawn } from 'node:child_process'

export interface RunResult {
  /** The exit code; 128 + signal number is not imitated: a command ended by a signal has code -1 and says so in stderr. */
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** What the command reads on its standard input; nothing by default. */
  input?: string | Uint8Array
  /** The command is killed after this long; never by default. */
  timeoutMs?: number
  /** Called with each piece of standard output and error, as it comes. */
  onOutput?: (text: string) => void
}

/** Runs a command to its end and hands back what it said; only a command that cannot be started throws. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command, ...args] = argv
  if (!command) throw new TypeError('run: no command given')
  const child = spawn(command, args, {
    env: options.env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
  })
  const out: string[] = []
  const err: string[] = []
  for (const [stream, sink] of [[child.stdout, out] as const, [child.stderr, err] as const]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      sink.push(text)
      options.onOutput?.(text)
    })
  }
  child.stdin.on('error', () => {}) // a command may end without reading its input
  child.stdin.end(options.input)
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (signal) err.push(`\n${command} was ended by ${signal}\n`)
      resolve({ code: code ?? -1, stdout: out.join(''), stderr: err.join('') })
    })
  })
}

/** The last lines of a text, for an error message. */
export function tail(text: string, lines = 12): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

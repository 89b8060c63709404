import { spawn, spawnSync } from 'node:child_process'
import { binary, cleanEnv, folder, type Ran } from './run.ts'

/** Whether there is a pseudo terminal to be had (util-linux script). */
export const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

/** Runs the tool on a pseudo terminal, and types `keys` once the text shows `at`. All that is shown is in `stdout`. */
export async function secureTyped(
  args: string[],
  { at, keys, env }: { at: string; keys: string; env: Record<string, string> },
): Promise<Ran> {
  const home = folder()
  const words = [process.execPath, binary, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', words, '/dev/null'], { env: cleanEnv(home, env), cwd: home })
  const ran: Ran = { code: -1, stdout: '', stderr: '' }
  let isTyped = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ran.stdout += text
    if (isTyped || !ran.stdout.includes(at)) return
    isTyped = true
    child.stdin.write(keys)
  })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...ran, code: code ?? -1 }))
  })
}

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readBundle } from '../../../src/bundle/read.ts'
import { verify } from '../../../src/bundle/verify.ts'

const binary = join(import.meta.dirname, '../../../bin/kubectl-secure')

/** Runs the tool until it ends, or until `isTime` says so: then it is killed as by `kill -9`. */
export async function runCollect(
  home: string,
  kubeconfig: string,
  words: string[],
  isTime: () => boolean = () => false,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [binary, 'evidence', 'collect', ...words], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache'), KUBECONFIG: kubeconfig },
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const timer = setInterval(() => isTime() && child.kill('SIGKILL'), 1)
  const code = await ended
  clearInterval(timer)
  return { code, output }
}

/** The lists and single objects that are whole in a bundle: of a list, its last run to its end. */
export async function wholeOf(path: string): Promise<string[]> {
  const bundle = await readBundle(path)
  const found = new Set<string>()
  for (const { path: parts, cut, meta } of bundle.kept.values()) {
    const list = meta['list'] as { last: boolean } | undefined
    if (cut !== undefined || (list && !list.last)) continue
    found.add((list ? parts?.slice(0, -1) : parts)?.join('/') ?? '')
  }
  return [...found].toSorted()
}

/**
 * Kills a collection once its journal has so many bytes (or, below 0, while it seals), lets it go on, and returns what is wrong with what came
 * of that, beside what an undisturbed one had.
 */
export async function killTrial(home: string, kubeconfig: string, at: number, wanted: string[]): Promise<string[]> {
  const directory = join(home, 'case')
  const journal = join(directory, 'custody/journal.jsonl')
  const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : -1)
  const isTime = () => (at < 0 ? existsSync(`${directory}.tar.gz.sealing`) : sizeOf(journal) >= at)
  const first = await runCollect(home, kubeconfig, ['--output', directory], isTime)
  const wrong = first.code === null || at < 0 ? [] : [`it ended before it could be killed at ${at}`]
  const check = async (file: string) => {
    const { isIntact, problems } = await verify(file)
    if (!isIntact) wrong.push(`${file}: ${JSON.stringify(problems.slice(0, 3))}`)
  }
  const sealed = () => readdirSync(home).filter((name) => name.endsWith('.tar.gz'))
  for (const file of sealed()) await check(join(home, file))
  const { code, output } = await runCollect(home, kubeconfig, ['--resume', '--output', directory])
  // Killed before the case was begun there is nothing to go on with, and it says so.
  if (code !== 0 && /nothing was recorded|there is no case|no evidence of kubectl secure/.test(output)) {
    return sizeOf(join(directory, 'custody/case.json')) > 0 ? [...wrong, output] : wrong
  }
  if (code !== 0) return [...wrong, `ended with ${code}: ${output}`]
  await check(directory)
  for (const file of sealed()) await check(join(home, file))
  const last =
    sealed()
      .toSorted((one, other) => one.length - other.length || (one < other ? -1 : 1))
      .at(-1) ?? ''
  const found = await wholeOf(join(home, last))
  const missing = wanted.filter((one) => !found.includes(one))
  return [...wrong, ...missing.map((one) => `killed at ${at}: ${one} is not there`)]
}

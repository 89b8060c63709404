// The command line as it is, which ends itself by SIGKILL right before or right after a record of a journal is on disk. What a kubelet would answer is pretended.
import fs from 'node:fs'
import { registerHooks, syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { Counts, Doom } from './doom.ts'

const doom = JSON.parse(process.env['KILL_AT'] ?? 'null') as Doom | null
const told = process.env['KILL_COUNTS'] ?? ''
const counts: Counts = { run: 0, plan: 0 }

const { writeSync } = fs
fs.writeSync = ((fd: number, bytes: Buffer, from: number = 0): number => {
  const journal = journalOf(fs.readlinkSync(`/proc/self/fd/${fd}`))
  if (!journal) return writeSync(fd, bytes, from)
  for (let at = from; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at) + 1 || bytes.length
    counts[journal] += 1
    const isTime = doom?.journal === journal && doom.k === counts[journal]
    if (isTime && doom.how === 'before') die(fd)
    writeSync(fd, bytes, at, end - at)
    if (isTime) die(fd)
    at = end
  }
  return bytes.length - from
}) as unknown as typeof fs.writeSync

// For how long a server remembers a token is no matter here.
const { setTimeout: sleep } = timers
timers.setTimeout = (async (ms: number, ...more: []) => await sleep(ms > 5000 ? 100 : ms, ...more)) as typeof sleep
syncBuiltinESMExports()

function die(fd: number): void {
  fs.fdatasyncSync(fd)
  process.kill(process.pid, 'SIGKILL')
}

// Evidence keeps journals of its own, which test/fuzz/evidence.ts kills.
function journalOf(path: string): keyof Counts | undefined {
  if (/\/runs\/[^/]+\/journal\.jsonl$/.test(path)) return 'run'
  return /\/kubectl-secure\/[^/]+\/[^/]+\.jsonl$/.test(path) ? 'plan' : undefined
}

process.on('exit', () => told !== '' && fs.writeFileSync(told, JSON.stringify(counts)))

const source = join(import.meta.dirname, '..', '..', '..', '..', 'src')
const real = pathToFileURL(join(source, 'cluster', 'connect.ts')).href
const ours = pathToFileURL(join(import.meta.dirname, 'pretended-connect.ts')).href
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return found.url === real && context.parentURL !== ours ? { ...found, url: ours } : found
  },
})

const { main } = (await import(pathToFileURL(join(source, 'main.ts')).href)) as typeof import('../../../../src/main.ts')
main(process.argv.slice(2))

import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLine } from './audit-lines.ts'

// node test/bench/audit.ts [MiB] [rounds]: questions to a large audit log beside `wc -l` and JSON.parse of every line, in turn; the least of the processor's
// time, since wall clocks of a shared machine tell little. Never asserted.
type Case = { name: string; argv: string[] }
type Used = { cpu: number; wall: number; memory: number }

const [mebibytes = 2048, rounds = 2] = process.argv.slice(2).map(Number)
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-audit-'))
try {
  const file = join(scratch, 'audit.log')
  const lines = await generate(file, mebibytes * 1024 * 1024)
  execFileSync('gzip', ['-1', '-k', file])
  const ask = (...words: string[]) => [process.execPath, join(import.meta.dirname, 'audit-case.ts'), ...words]
  const cases: Case[] = [
    { name: 'JSON.parse of every line (readline)', argv: ask('parse', file) },
    { name: 'wc -l', argv: ['wc', '-l', file] },
    ...['exec', 'secrets-read', 'privileged-pods', 'refusals'].map((id) => ({
      name: id,
      argv: ask(id, file, 'policy'),
    })),
    { name: 'every question, the policy known', argv: ask('all', file, 'policy') },
    { name: 'every question', argv: ask('all', file) },
    { name: 'every question, gzip', argv: ask('all', `${file}.gz`) },
  ]
  const least = new Map<string, Used>()
  for (let round = 0; round < rounds; round++) {
    for (const { name, argv } of cases) least.set(name, best(least.get(name), await run(argv)))
  }
  const { size } = statSync(file)
  process.stdout.write(`${(size / 2 ** 30).toFixed(2)} GiB, ${lines} lines\n`)
  const [base] = least.values()
  for (const [name, { cpu, wall, memory }] of least) {
    const speed = `${Math.round(size / 1e6 / (cpu / 1000))} MB/s`
    const ratio = `${((base?.cpu ?? cpu) / cpu).toFixed(2)}×`
    const cells = [speed.padStart(10), ratio.padStart(8), `${cpu} ms`.padStart(10), `${wall} ms`.padStart(10)]
    process.stdout.write(`${name.padEnd(38)}${cells.join('')}${memory.toFixed(0).padStart(6)} MiB\n`)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function best(known: Used | undefined, { cpu, wall, memory }: Used): Used {
  if (!known) return { cpu, wall, memory }
  return { cpu: Math.min(known.cpu, cpu), wall: Math.min(known.wall, wall), memory: Math.max(known.memory, memory) }
}

// What GNU time says of it, of all its threads.
async function run(argv: string[]): Promise<Used> {
  const child = spawn('/usr/bin/time', ['-f', '\n%U %S %e %M', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  const [user, system, wall, memory] = (said.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (code !== 0 || memory === undefined) throw new Error(`${argv.join(' ')} ended with ${code}: ${said}`)
  const ms = (seconds = 0) => Math.round(seconds * 1000)
  return { cpu: ms((user ?? 0) + (system ?? 0)), wall: ms(wall), memory: memory / 1024 }
}

async function generate(file: string, bytes: number): Promise<number> {
  const out = createWriteStream(file)
  let written = 0
  let lines = 0
  while (written < bytes) {
    let chunk = ''
    for (let at = 0; at < 1000; at++) chunk += auditLine(lines++)
    written += chunk.length
    if (!out.write(chunk)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return lines
}

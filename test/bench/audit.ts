import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLine } from './audit-lines.ts'
import { type Case, formatResults, measure } from './measure.ts'

// node test/bench/audit.ts [MiB] [rounds]: questions to a large audit log beside reading its bytes and parsing every line. Never asserted.
const [mebibytes = 2048, rounds = 1] = process.argv.slice(2).map(Number)
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-audit-'))
try {
  const file = join(scratch, 'audit.log')
  const lines = await generate(file, mebibytes * 1024 * 1024)
  const node = (name: string) => [process.execPath, join(import.meta.dirname, 'audit-case.ts'), name, file]
  const cases: Case[] = [
    { name: 'cat > /dev/null', argv: ['sh', '-c', 'exec cat "$0" > /dev/null', file] },
    { name: 'wc -l', argv: ['wc', '-l', file] },
    { name: 'JSON.parse of every line (readline)', argv: node('parse') },
    { name: 'exec', argv: node('exec') },
    { name: 'secrets-read', argv: node('secrets-read') },
    { name: 'privileged-pods', argv: node('privileged-pods') },
    { name: 'every question that has words', argv: node('filtered') },
    { name: 'every question (no filter)', argv: node('all') },
  ]
  const results = await measure(cases, rounds)
  const { size } = statSync(file)
  process.stdout.write(formatResults(`${(size / 2 ** 30).toFixed(2)} GiB, ${lines} lines`, results))
  for (const { name, least } of results)
    process.stdout.write(`${name}: ${Math.round(size / 1e6 / (least / 1000))} MB/s\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
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

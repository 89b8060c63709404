// Collects, seals, checks and shows a log that is one line; says how much memory that took at most, in MiB, and what was shown.
import { join } from 'node:path'
import { createCase } from '../../../src/bundle/case.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { keepHeapSmall } from '../../../src/cli/memory.ts'
import { HeadTail } from '../../../src/evidence/head-tail.ts'
import { grep, podLines } from '../../../src/evidence/show.ts'
import { LogSpan } from '../../../src/evidence/timeline/log-span.ts'
import { head } from '../bundle/cases.ts'

keepHeapSmall()
const [base = '', mebibytes = ''] = process.argv.slice(2)
async function* log() {
  yield Buffer.from('2026-01-01T00:00:00Z begin ')
  const block = Buffer.alloc(1024 * 1024, 'x')
  for (let at = 0; at < Number(mebibytes); at++) yield block
  yield Buffer.from(' end')
}
const made = await createCase(join(base, 'case'), head)
await made.artefact(['logs', 'shop', 'web_1', 'main', 'whole.log'], {}, new HeadTail(2 ** 40).through(log()))
const capped = new HeadTail(1024 * 1024)
await made.artefact(['logs', 'shop', 'web_1', 'main', 'capped.log'], {}, capped.through(log()))
const tail = capped.tail?.subarray(-4).toString()
await made.close()
const { file } = await seal(join(base, 'case'), join(base, 'x.tar.gz'))
const { isIntact } = await verify(file)
const bundle = await readBundle(file)
const lines: number[] = []
for await (const { text } of podLines(bundle, 'shop/web')) lines.push(text.length)
let found = 0
for await (const _ of grep(bundle, /begin/u)) found++
const span = new LogSpan(true)
for await (const { content } of bundle.artefacts(({ path }) => path?.[4] === 'whole.log'))
  for await (const chunk of content()) span.push(chunk)
const most = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ isIntact, tail, lines, found, first: span.first, most }))

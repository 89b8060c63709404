import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCase } from '../../src/bundle/case.ts'
import { readBundle } from '../../src/bundle/read.ts'
import { seal } from '../../src/bundle/seal.ts'
import { verify } from '../../src/bundle/verify.ts'

// `node test/bench/bundle.ts [MiB]`: writes an artefact of that size, seals, verifies and reads it; each step is a process of its own, with its
// peak memory. Beside it `cat > file` with sha256sum of the same bytes, synced as ours are. Never asserted.
const [step, ...rest] = process.argv.slice(2)
const mib = 1024 * 1024

const steps: Record<string, (base: string) => Promise<number>> = {
  async write(base) {
    const made = await createCase(join(base, 'case'), {
      id: 'bench',
      created: '2025-01-01T00:00:00Z',
      tool: { name: 'bench', version: '0' },
    })
    const { bytes } = await made.artefact(['logs', 'big.log'], {}, createReadStream(join(base, 'input')))
    await made.close()
    return bytes
  },
  async small(base) {
    const made = await createCase(join(base, 'small'), {
      id: 'bench',
      created: '2025-01-01T00:00:00Z',
      tool: { name: 'bench', version: '0' },
    })
    const content = Buffer.alloc(2000, 'x')
    let next = 0
    const worker = async () => {
      for (let number = next++; number < 4000; number = next++)
        await made.artefact(['logs', String(number % 100), `${number}.log`], { number }, content)
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    await made.close()
    return 4000
  },
  async seal(base) {
    await seal(join(base, 'case'), join(base, 'x.tar.gz'), {
      sign: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    })
    return statSync(join(base, 'input')).size
  },
  async verify(base) {
    const { isIntact, bytes } = await verify(join(base, 'x.tar.gz'))
    if (!isIntact) throw new Error('it is not intact')
    return bytes
  },
  async read(base) {
    let bytes = 0
    for await (const { content } of (await readBundle(join(base, 'x.tar.gz'))).artefacts())
      for await (const part of content()) bytes += part.length
    return bytes
  },
}

const work = step === undefined ? undefined : steps[step]
if (work) {
  const began = performance.now()
  const count = await work(rest[0] ?? '')
  const seconds = (performance.now() - began) / 1000
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const rss = Math.round(maxRSS / 1024)
  const rate =
    step === 'small' ? `${Math.round(count / seconds)} artefacts/s` : `${Math.round(count / mib / seconds)} MiB/s`
  process.stdout.write(
    `${step?.padEnd(8)} ${seconds.toFixed(2)} s (CPU ${((userCPUTime + systemCPUTime) / 1e6).toFixed(2)} s)  ${rate}  peak RSS ${rss} MiB\n`,
  )
} else {
  const size = Number(step ?? 2048)
  const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
  const sh = (script: string) => spawnSync('sh', ['-c', script], { cwd: base, stdio: 'inherit' })
  try {
    // Lines as logs have them, that pack about as well; beyond gzip's window it does not matter that they come again.
    const some: string[] = []
    for (let line = 0; some.length < 100_000; line++) {
      const order = randomBytes(6).toString('hex')
      some.push(
        `2025-03-04T05:06:07.${String(line).padStart(9, '0')}Z stdout F GET /api/v1/orders/${order} 200 ${line % 977}ms\n`,
      )
    }
    const block = Buffer.from(some.join('')).subarray(0, 8 * mib)
    for (let left = size; left > 0; left -= 8) appendFileSync(join(base, 'input'), block)
    sh('cat input > /dev/null')
    for (let round = 0; round < 3; round++) {
      const began = performance.now()
      sh('cat input > copy && sync copy && sha256sum copy > sum')
      const serial = (performance.now() - began) / 1000
      const again = performance.now()
      sh('rm copy; mkfifo pipe; sha256sum < pipe > sum & tee pipe < input > copy; wait; sync copy; rm pipe')
      const both = (performance.now() - again) / 1000
      process.stdout.write(
        `cat, then sha256sum  ${serial.toFixed(2)} s  ${Math.round(size / serial)} MiB/s; tee to both  ${both.toFixed(2)} s  ${Math.round(size / both)} MiB/s\n`,
      )
      rmSync(join(base, 'copy'), { force: true })
      rmSync(join(base, 'case'), { recursive: true, force: true })
      spawnSync(process.execPath, [import.meta.filename, 'write', base], { stdio: 'inherit' })
    }
    for (const one of ['seal', 'verify', 'read', 'small'])
      spawnSync(process.execPath, [import.meta.filename, one, base], { stdio: 'inherit' })
    process.stdout.write(
      `sealed: ${Math.round(statSync(join(base, 'x.tar.gz')).size / mib)} of ${size} MiB; ${readFileSync(join(base, 'x.tar.gz.sha256'), 'utf8')}`,
    )
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCase } from '../../src/bundle/case.ts'
import { readBundle } from '../../src/bundle/read.ts'
import { seal } from '../../src/bundle/seal.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { redactEvidence } from '../../src/cli/redact-evidence.ts'

// `node test/bench/redact.ts [MiB]`: seals a log of that size, of each kind, redacts it, and, beside that, only reads it and seals it again: unpacking,
// hashing and packing are in both. Each step is a process of its own, with its peak memory. Never asserted.
const [step, ...rest] = process.argv.slice(2)
const mib = 1024 * 1024
const head = { id: 'bench', created: '2025-01-01T00:00:00Z', tool: { name: 'bench', version: '0' } }

const kinds: Record<string, (time: string, id: string, number: number) => string> = {
  text: (time, id, number) => `${time} stdout F GET /api/v1/orders/${id} 200 ${number % 977}ms\n`,
  secrets: (time, id, number) =>
    number % 100 === 0
      ? `${time} stdout F login of user-${number % 31} with password=${id} token: ${id}${id}\n`
      : `${time} stdout F GET /api/v1/orders/${id} 200 ${number % 977}ms\n`,
  json: (time, id, number) =>
    `${time} {"level":"info","msg":"order ${id} done","key":"${id}","ms":${number % 977},"trace":"${id}${id}"}\n`,
  audit: (time, id) =>
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"${id}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods/${id}?timeout=10s","verb":"get","user":{"username":"system:serviceaccount:a:b","groups":["system:serviceaccounts","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=${id}"]}},"sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1.34","objectRef":{"resource":"pods","namespace":"a","name":"${id}","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"${time}","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \\"x\\""}}\n`,
  line: (_time, id) => `some words without a line feed ${id} `,
}

const steps: Record<string, (base: string) => Promise<void>> = {
  async copy(base) {
    const copied = await createCase(join(base, 'copy'), head)
    for await (const { path, meta, content } of (await readBundle(join(base, 'case.tar.gz'))).artefacts())
      await copied.artefact(path ?? [], meta, content())
    await copied.close()
    await seal(join(base, 'copy'), join(base, 'copy.tar.gz'))
  },
  async redact(base) {
    const words = { profile: 'secrets', key: join(base, 'key'), output: join(base, 'redacted.tar.gz') }
    await redactEvidence(join(base, 'case.tar.gz'), words, undefined)
  },
}

async function make(base: string, kind: string, size: number): Promise<void> {
  const lines: string[] = []
  const line = kinds[kind]
  if (!line) throw new Error(`there is no kind ${kind}`)
  // Beyond gzip's window it does not matter that they come again.
  for (let number = 0, length = 0; length < 8 * mib; number++) {
    const next = line(`2025-03-04T05:06:07.${String(number).padStart(9, '0')}Z`, randomBytes(6).toString('hex'), number)
    length += next.length
    lines.push(next)
  }
  const block = Buffer.from(lines.join('')).subarray(0, 8 * mib)
  const made = await createCase(join(base, 'case'), head)
  async function* blocks() {
    for (let left = size; left > 0; left -= 8) yield block
  }
  await made.artefact(['logs', 'shop', 'api_1', 'app', 'current.log'], {}, blocks())
  await made.close()
  await seal(join(base, 'case'), join(base, 'case.tar.gz'))
}

const work = step === undefined ? undefined : steps[step]
if (work) {
  keepHeapSmall()
  const began = performance.now()
  await work(rest[0] ?? '')
  const seconds = (performance.now() - began) / 1000
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const size = Number(rest[1])
  process.stdout.write(
    `${step?.padEnd(8)} ${seconds.toFixed(1)} s (CPU ${((userCPUTime + systemCPUTime) / 1e6).toFixed(1)} s)  ${(size / seconds).toFixed(1)} MiB/s  peak RSS ${Math.round(maxRSS / 1024)} MiB\n`,
  )
} else {
  const size = Number(step ?? 1024)
  for (const kind of rest.length > 0 ? rest : Object.keys(kinds)) {
    const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
    try {
      await make(base, kind, size)
      process.stdout.write(
        `${kind}: ${size} MiB, sealed ${Math.round(statSync(join(base, 'case.tar.gz')).size / mib)} MiB\n`,
      )
      rmSync(join(base, 'case'), { recursive: true })
      for (const name of Object.keys(steps))
        spawnSync(process.execPath, [import.meta.filename, name, base, String(size)], { stdio: 'inherit' })
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  }
}

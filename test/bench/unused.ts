import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLine } from './audit-lines.ts'
import { type Case, formatResults, measure } from './measure.ts'

// node test/bench/unused.ts [MiB] [rounds] [NAMESPACES]: a large audit log held against RBAC, beside `wc -l` and JSON.parse of every line. Never asserted.
const [mebibytes = 2048, rounds = 1, namespaces = 1000] = process.argv.slice(2).map(Number)
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-unused-'))
const at = (name: string) => join(scratch, name)
const group = 'rbac.authorization.k8s.io'
try {
  const log = at('audit.log')
  const lines = await generate(log, mebibytes * 1024 * 1024)
  const objects = rbac(namespaces)
  writeFileSync(at('rbac.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Request' }] }
  writeFileSync(at('policy.json'), JSON.stringify(policy))
  const script = (name: string, ...words: string[]) => [process.execPath, join(import.meta.dirname, name), ...words]
  const cases: Case[] = [
    { name: 'JSON.parse of every line (readline)', argv: script('audit-case.ts', 'parse', log) },
    { name: 'wc -l', argv: ['wc', '-l', log] },
    { name: 'unused', argv: script('unused-case.ts', scratch) },
    { name: 'unused --emit, with its replay', argv: script('unused-case.ts', scratch, 'emit') },
  ]
  const { size } = statSync(log)
  process.stdout.write(`${(size / 2 ** 30).toFixed(2)} GiB, ${lines} lines, ${objects.length} RBAC objects\n`)
  const results = await measure(cases, rounds)
  process.stdout.write(formatResults('the log held against RBAC', results))
  for (const { name, least } of results) process.stdout.write(`${name}: ${Math.round(size / 1000 / least)} MB/s\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** In each namespace a role with ten rules, of which the log uses a few, bound to the accounts that are in it and some that are not. */
function rbac(amount: number): object[] {
  return Array.from({ length: amount }, (_, number) => {
    const namespace = `team-${number}`
    const head = (kind: string, name: string) => ({ apiVersion: `${group}/v1`, kind, metadata: { name, namespace } })
    const resources = [
      'leases',
      'endpoints',
      'configmaps',
      'pods',
      'nodes',
      'services',
      'deployments',
      'events',
      'secrets',
      'jobs',
    ]
    const rules = resources.map((resource) => ({
      apiGroups: [''],
      resources: [resource, `${resource}/status`],
      verbs: ['get', 'list', 'create', 'delete'],
    }))
    const bindings = Array.from({ length: 20 }, (_none, account) => ({
      ...head('RoleBinding', `controller-${account}`),
      roleRef: { apiGroup: group, kind: 'Role', name: 'controller' },
      subjects: [{ kind: 'ServiceAccount', name: `controller-${account}`, namespace }],
    }))
    return [{ ...head('Role', 'controller'), rules }, ...bindings]
  }).flat()
}

async function generate(file: string, bytes: number): Promise<number> {
  const out = createWriteStream(file)
  let [written, lines] = [0, 0]
  while (written < bytes) {
    let chunk = ''
    for (let count = 0; count < 1000; count++) chunk += auditLine(lines++)
    written += chunk.length
    if (!out.write(chunk)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return lines
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluateAuditPolicy } from '../../../src/audit-log/coverage/evaluate.ts'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import { attributesOf, type AuditEvent } from '../../../src/audit-log/event.ts'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { startCluster } from '../../cluster/start-cluster.ts'
import { drawPolicy } from './draw-policy.ts'
import { drawRequest, type Sent, users } from './draw-request.ts'

export type PolicyTrial = { comparisons: number; logged: number; mismatches: string[] }

/** A policy and requests drawn from a seed: what we say of each beside what a real kube-apiserver with that policy logged. */
export async function tryPolicy(seed: number, count: number): Promise<PolicyTrial> {
  const draw = drawFrom(seed)
  const policy = drawPolicy(draw)
  const requests = Array.from({ length: count }, () => drawRequest(draw))
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-audit-policy-'))
  const tokens = join(folder, 'tokens.csv')
  const rows = Object.entries(users).map(
    ([user, groups]) => `${tokenOf(user)},${user},uid-${user},"${groups.join(',')}"\n`,
  )
  writeFileSync(tokens, rows.join(''))
  const apiserverFlags = [`--token-auth-file=${tokens}`, '--enable-priority-and-fairness=false']
  const cluster = await startCluster({ level: 'control-plane', auditPolicy: policy, apiserverFlags })
  try {
    await send(cluster, requests)
    const seen = await logged(cluster.auditLog)
    const ours = auditPolicy(policy, `seed ${seed}`)
    const mismatches: string[] = []
    for (const [id, sent] of requests.entries()) {
      const { level, omitStages, rule } = evaluateAuditPolicy(ours, sent.sees)
      const stages = level === 'None' ? [] : sent.stages.filter((stage) => !(omitStages as string[]).includes(stage))
      const expected = stages.map((stage) => `${stage} ${level} ${JSON.stringify(attributesOfSent(sent))}`)
      const real = (seen.get(`trial-${id}`) ?? []).map(
        (event) => `${event.stage} ${event.level} ${JSON.stringify(attributesOf(event))}`,
      )
      if (JSON.stringify(expected) !== JSON.stringify(real))
        mismatches.push(
          JSON.stringify({ seed, sent, rule, policyRule: policy.rules[rule ?? -1], expected, real }, undefined, 1),
        )
    }
    return { comparisons: count, logged: seen.size, mismatches }
  } finally {
    await cluster.stop()
    rmSync(folder, { recursive: true })
  }
}

function attributesOfSent({ sees }: Sent): unknown {
  if ('path' in sees) return { verb: sees.verb, path: sees.path }
  const { verb, group, resource, subresource, namespace, name } = sees
  return { verb, group, resource, subresource, namespace, name }
}

function tokenOf(user: string): string {
  return Buffer.from(user).toString('hex')
}

async function send({ server, caFile }: { server: string; caFile: string }, requests: Sent[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(caFile) })
  const one = ({ method, url, user }: Sent, id: number) =>
    new Promise<void>((resolve, reject) => {
      const authorization =
        user === 'system:anonymous' ? {} : { authorization: `Bearer ${user ? tokenOf(user) : 'wrong'}` }
      const headers = { 'audit-id': `trial-${id}`, ...authorization }
      const call = request(`${server}${url}`, { method, agent, headers }, (response) => {
        response.resume().on('end', () => resolve())
      })
      call.on('error', reject).end()
    })
  await Promise.all(requests.map(one))
  agent.destroy()
}

/** The events of our requests by their Audit-ID. The last stage is written after the answer, so that it may take a moment. */
async function logged(file: string): Promise<Map<string, AuditEvent[]>> {
  let before = -1
  for (;;) {
    const { events } = readAuditLog(file, { filter: { words: ['trial-'] } })
    const found: AuditEvent[] = []
    for await (const event of events) found.push(event)
    if (found.length === before) return Map.groupBy(found, ({ auditID }) => auditID)
    before = found.length
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

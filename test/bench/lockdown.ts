import { applyChanges } from '../../src/change/planned.ts'
import { manifestFiles } from '../../src/lockdown/emit.ts'
import type { LockdownScene } from '../../src/lockdown/model.ts'
import { levels, parts } from '../../src/lockdown/model.ts'
import { type Ids, planLockdown } from '../../src/lockdown/plan.ts'
import { reachOf } from '../../src/lockdown/reach.ts'
import { emptySnapshot } from '../../src/snapshot/snapshot.ts'

// node test/bench/lockdown.ts [workloads] [replicas]: a plan for one large namespace; prints times and memory, asserts nothing.
type Raw = Record<string, unknown>
const [workloads = 500, replicas = 3] = process.argv.slice(2).map(Number)
const say = (text: string) => process.stdout.write(`${text}\n`)
const scene = makeScene(workloads, replicas)
const responder = { name: 'bench', groups: [] }
const ids: Ids = { planId: 'bk4f-9xzt-2mwq', names: 'unguessable', responder, createdAt: '2026-11-21T03:04:05Z' }
say(`${workloads} workloads of ${replicas} pods, each calls three others`)
for (const level of levels) {
  const options = { level, parts, asked: [], observed: [], force: false }
  const plan = timed(`${level}: plan`, () => planLockdown([scene], options, ids))
  say(
    `    ${plan.changes.length} changes, ${plan.namespaces[0]?.breaks.length} breakages, ${JSON.stringify(plan.changes).length} bytes`,
  )
  const reach = timed(`${level}: what policies cut and open`, () => reachOf(scene.network, plan.changes, ['shop']))
  say(`    ${'rows' in reach ? `${reach.rows.length} rows` : reach.why}`)
  timed(`${level}: manifests`, () => manifestFiles(plan.changes))
  timed(`${level}: objects as they would be`, () => applyChanges(scene.network.objects, plan.changes))
}
say(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)

function timed<T>(name: string, run: () => T): T {
  const start = performance.now()
  const found = run()
  say(`  ${name}: ${Math.round(performance.now() - start)} ms`)
  return found
}

function makeScene(count: number, pods: number): LockdownScene {
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'u', labels: {} } }
  const names = Array.from({ length: count }, (_, index) => `app-${index}`)
  const made = names.map((name, index) => workload(name, index, count))
  const address = (at: number) => `10.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
  const running = names.flatMap((name, index) =>
    Array.from(
      { length: pods },
      (_, replica): Raw => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'shop', name: `${name}-${replica}`, uid: `${name}-${replica}`, labels: { app: name } },
        spec: { ...templateOf(name, index, count), nodeName: `n${replica}` },
        status: { phase: 'Running', podIP: address(index * pods + replica) },
      }),
    ),
  )
  return {
    namespace: space,
    network: { objects: [space, ...running], unread: [], groups: new Set(), gaps: [] },
    workloads: made,
    declaring: names.map((name) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    })),
    accounts: [],
    limitRanges: [],
    quotas: [],
    configMaps: [],
    rbac: emptySnapshot({ kind: 'files', paths: [] }),
    version: 'v1.34',
    gaps: [],
  }
}

function workload(name: string, index: number, count: number): Raw {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: templateOf(name, index, count) },
    },
  }
}

function templateOf(name: string, index: number, count: number): Raw {
  const others = [1, 7, 31].map((step) => `app-${(index + step) % count}`)
  const env = others.map((other, at) => ({ name: `PEER_${at}_URL`, value: `http://${other}.shop.svc` }))
  return { containers: [{ name: 'main', image: name, env, ports: [{ containerPort: 8080 }] }] }
}

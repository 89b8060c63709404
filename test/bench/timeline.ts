import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createCase } from '../../src/bundle/case.ts'
import { seal } from '../../src/bundle/seal.ts'
import { rawListPath } from '../../src/snapshot/bundle-layout.ts'

// `node test/bench/timeline.ts [PODS] [EVENTS] [LOG_MIB]`: the timeline of evidence of so many pods and Events, with logs of so much in all, as the
// table of the last minutes, JSON lines and a page; wall clock and peak memory of each. Never asserted.
const [pods = 10_000, events = 50_000, logMiB = 64] = process.argv.slice(2).map(Number)
const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const begin = Date.UTC(2026, 10, 21, 16)
const at = (second: number) => new Date(begin + second * 1000).toISOString().replace('.000Z', 'Z')

const fields = (names: string[]) =>
  Object.fromEntries(names.map((name) => [`f:${name}`, { 'f:one': {}, 'f:two': { 'f:three': {} } }]))
const pod = (index: number) => {
  const node = `node-${index % 50}`
  const times = [at(index % 3000), at((index % 3000) + 1), at((index % 3000) + 3)]
  const status = { subresource: 'status', fieldsType: 'FieldsV1', fieldsV1: fields(['status', 'metadata']) }
  return {
    metadata: {
      name: `pod-${index}`,
      namespace: `space-${index % 100}`,
      uid: `uid-${index}`,
      resourceVersion: String(index),
      creationTimestamp: times[0],
      labels: { app: 'web', 'pod-template-hash': '7d4b9c' },
      annotations: { filler: 'y'.repeat(2000) },
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          time: times[0],
          fieldsV1: fields(['metadata', 'spec']),
        },
        { manager: 'kubelet', operation: 'Update', time: times[2], ...status },
      ],
    },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'registry.example.com/shop/web:1' }] },
    status: {
      phase: 'Running',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type, place) => ({
          type,
          status: 'True',
          lastTransitionTime: times[place < 2 ? 1 : 2],
        }),
      ),
      containerStatuses: [
        {
          name: 'main',
          restartCount: 0,
          image: 'registry.example.com/shop/web:1',
          state: { running: { startedAt: times[2] } },
          lastState: {},
        },
      ],
    },
  }
}
const reasons = ['Scheduled', 'Pulled', 'Created', 'Started', 'BackOff']
const event = (index: number) => ({
  metadata: {
    name: `pod-${index % pods}.${index}`,
    namespace: `space-${index % 100}`,
    uid: `event-${index}`,
    creationTimestamp: at(index % 3600),
  },
  involvedObject: {
    kind: 'Pod',
    namespace: `space-${index % 100}`,
    name: `pod-${index % pods}`,
    uid: `uid-${index % pods}`,
  },
  reason: reasons[index % reasons.length],
  message:
    'Container image "registry.example.com/shop/web:1" already present on machine and can be accessed by the pod',
  source: { component: 'kubelet', host: `node-${index % 50}` },
  firstTimestamp: at(index % 3600),
  lastTimestamp: at((index % 3600) + 60),
  count: 2,
  type: 'Normal',
})

async function generate(): Promise<string> {
  const directory = join(base, 'case')
  const made = await createCase(directory, { id: 'bench', created: at(0), tool: { name: 'bench', version: '0' } })
  const nodes = Array.from({ length: 50 }, (_, index) => ({
    node: `node-${index}`,
    renewals: 2,
    aheadMs: { atLeast: -100, atMost: 900 },
  }))
  await made.document('clock', {
    samples: 9,
    agree: true,
    serverAheadMs: { atLeast: -40, atMost: 20 },
    nodes: { nodes },
  })
  for (const [resource, count, make] of [
    ['pods', pods, pod],
    ['events', events, event],
  ] as const) {
    for (let from = 0, number = 1; from < count; from += 500, number++) {
      const items = Array.from({ length: Math.min(500, count - from) }, (_, index) => make(from + index))
      const meta = {
        path: `/api/v1/${resource}`,
        list: { resourceVersion: '7', run: 1, page: number, last: from + 500 >= count },
      }
      const file = rawListPath({ group: '', version: 'v1', resource }, number)
      await made.artefact(file, meta, Buffer.from(JSON.stringify({ kind: 'List', metadata: {}, items })))
    }
  }
  const line = '2026-11-21T16:30:00.000000000Z a line of a log as long as most of them are, or so\n'
  const log = Buffer.alloc(Math.ceil((logMiB * 1024 * 1024) / pods), line)
  for (let index = 0; index < pods; index++)
    await made.artefact(['logs', `space-${index % 100}`, `pod-${index}_uid-${index}`, 'main', 'current.log'], {}, log)
  await made.close()
  return (await seal(directory, `${directory}.tar.gz`)).file
}

try {
  const file = await generate()
  process.stdout.write(
    `${pods} pods, ${events} Events, logs of ${logMiB} MiB: ${Math.round(statSync(file).size / 1024 / 1024)} MiB sealed\n`,
  )
  const binary = join(dirname(dirname(import.meta.dirname)), 'bin', 'kubectl-secure')
  for (const [what, more] of [
    ['the last minutes, as a table', ['--since', at(3540)]],
    ['all, as a table', []],
    ['all, as JSON lines', ['-o', 'jsonl']],
    ['all, as CSV', ['-o', 'csv']],
    ['all, as a page', ['-o', 'html']],
  ] as const) {
    const report = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))`
    const preload = `data:text/javascript,${encodeURIComponent(report)}`
    const began = performance.now()
    const ran = spawnSync(process.execPath, ['--import', preload, binary, 'evidence', 'timeline', file, ...more], {
      encoding: 'utf8',
      maxBuffer: 1024 * 1024 * 1024,
      env: { ...process.env, HOME: base },
    })
    const seconds = (performance.now() - began) / 1000
    const peak = Math.round(Number(/peak (\d+)$/.exec(ran.stderr)?.[1]) / 1024)
    const size = Math.round(ran.stdout.length / 1024 / 1024)
    process.stdout.write(
      `${what.padEnd(30)} ${seconds.toFixed(1)} s   peak ${peak} MiB   ${size} MiB of output   exit ${ran.status}\n`,
    )
  }
} finally {
  rmSync(base, { recursive: true, force: true })
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCase } from '../../src/bundle/case.ts'
import { readBundle } from '../../src/bundle/read.ts'
import { seal } from '../../src/bundle/seal.ts'
import { diffBundles } from '../../src/evidence/diff/diff-bundles.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { rawListPath } from '../../src/snapshot/bundle-layout.ts'

// `node test/bench/evidence-diff.ts [PODS]`: two sealed bundles with as many pods each (10000), compared by a process of their own: the same
// pods a while later, a hundred of them changed, all of them recreated. Never asserted.
const [step, ...rest] = process.argv.slice(2)
const pods = { group: '', version: 'v1', resource: 'pods' }
const mib = 1024 * 1024

/** About as large as real ones: two containers, probes, volumes, conditions, managed fields. */
function pod(number: number, way: { uid: string; version: number; image: string }) {
  const container = (name: string) => ({
    name,
    image: way.image,
    env: Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-${number}-${index}` })),
    livenessProbe: {
      httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
      periodSeconds: 10,
      failureThreshold: 3,
    },
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/config' },
      { name: 'token', mountPath: '/var/run/secrets/token', readOnly: true },
    ],
    terminationMessagePath: '/dev/termination-log',
    imagePullPolicy: 'IfNotPresent',
  })
  const status = (name: string) => ({
    name,
    image: way.image,
    imageID: `sha256:${'a'.repeat(64)}`,
    restartCount: 0,
    ready: true,
    started: true,
  })
  const times = { lastTransitionTime: '2025-01-01T00:00:00Z', lastProbeTime: null }
  return {
    metadata: {
      name: `web-${number}`,
      namespace: `team-${number % 100}`,
      uid: `${way.uid}-${number}`,
      resourceVersion: String(way.version + number),
      creationTimestamp: '2025-01-01T00:00:00Z',
      labels: { app: 'web', 'pod-template-hash': '5d9c7b', team: `team-${number % 100}` },
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          time: '2025-01-01T00:00:00Z',
          fieldsV1: { 'f:status': { 'f:phase': {}, 'f:conditions': { 'k:{"type":"Ready"}': { 'f:status': {} } } } },
        },
      ],
    },
    spec: {
      nodeName: `node-${number % 300}`,
      serviceAccountName: 'web',
      containers: [container('app'), container('sidecar')],
      volumes: [
        { name: 'config', configMap: { name: 'web' } },
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
    status: {
      phase: 'Running',
      podIP: `10.0.${number % 250}.${number % 200}`,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        ...times,
      })),
      containerStatuses: [status('app'), status('sidecar')],
    },
  }
}

async function make(
  base: string,
  name: string,
  count: number,
  way: (number: number) => Parameters<typeof pod>[1],
): Promise<void> {
  const made = await createCase(join(base, name), {
    id: name,
    created: '2025-01-01T00:00:00Z',
    tool: { name: 'bench', version: '0' },
    cluster: { id: 'x' },
  })
  const size = 500
  for (let page = 1; (page - 1) * size < count; page++) {
    const items = Array.from({ length: Math.min(size, count - (page - 1) * size) }, (_, index) => {
      const number = (page - 1) * size + index
      return pod(number, way(number))
    })
    const last = page * size >= count
    const meta = { path: `/api/v1/pods?limit=${size}`, list: { resourceVersion: '1', run: 1, page, last } }
    await made.artefact(
      rawListPath(pods, page),
      meta,
      Buffer.from(JSON.stringify({ kind: 'PodList', metadata: last ? {} : { continue: 'x' }, items })),
    )
  }
  await made.close()
  await seal(join(base, name), join(base, `${name}.tar.gz`))
}

if (step === 'diff') {
  keepHeapSmall()
  const began = performance.now()
  const [one, other] = await Promise.all(rest.map(async (path) => ({ path, bundle: await readBundle(path) })))
  if (!one || !other) throw new TypeError('two bundles')
  const { changes } = await diffBundles(one, other)
  const seconds = ((performance.now() - began) / 1000).toFixed(2)
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpu = ((userCPUTime + systemCPUTime) / 1e6).toFixed(2)
  process.stdout.write(
    `${String(changes.length).padStart(6)} changes  ${seconds} s (CPU ${cpu} s)  peak RSS ${Math.round(maxRSS / 1024)} MiB\n`,
  )
} else {
  const count = Number(step ?? 10_000)
  const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
  try {
    const same = { uid: 'one', image: 'registry.example/web:1' }
    await make(base, 'before', count, () => ({ ...same, version: 1 }))
    await make(base, 'later', count, () => ({ ...same, version: 9 }))
    await make(base, 'changed', count, (number) => ({
      ...same,
      version: 9,
      image: number % 100 === 0 ? 'evil' : same.image,
    }))
    await make(base, 'recreated', count, () => ({ ...same, uid: 'two', version: 9, image: 'registry.example/web:2' }))
    const { size } = statSync(join(base, 'before.tar.gz'))
    process.stdout.write(`2 × ${count} pods, ${(size / mib).toFixed(1)} MiB each, sealed\n`)
    for (const name of ['later', 'changed', 'recreated']) {
      process.stdout.write(`${name.padEnd(10)} `)
      const files = ['before', name].map((one) => join(base, `${one}.tar.gz`))
      spawnSync(process.execPath, [import.meta.filename, 'diff', ...files], { stdio: ['ignore', 'inherit', 'inherit'] })
    }
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findBinary } from '../cluster/binaries.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { collect, compare, scratch, secure } from './evidence-runs.ts'

// `npm run bench:evidence -- [LOG_MIB] [PODS] [ROUNDS]`: evidence beside raw curl, kubectl logs and kubectl cluster-info dump of the
// same things, in turn. Never asserted. A server that makes them up as it is asked stands for large ones.
const [mebibytes = 1024, pods = 10_000, rounds = 3] = process.argv.slice(2).map(Number)
const raw = join(scratch, 'raw')
const sh = (script: string) => ['sh', '-ec', `mkdir -p ${raw}; ${script}`]
const kubectl = findBinary('kubectl', 'node') ?? 'kubectl'

async function withServer(words: string[], work: (kubeconfig: string, server: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'evidence-server.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(child.stdout).once('line', (one) => resolve([one])),
  )
  const file = join(scratch, 'made-up')
  writeFileSync(file, line ?? '')
  const { clusters } = JSON.parse(line ?? '') as { clusters: [{ cluster: { server: string } }] }
  try {
    await work(file, clusters[0].cluster.server)
  } finally {
    child.kill()
  }
}

async function oneLog(kind: 'lines' | 'long'): Promise<void> {
  await withServer(['1', String(mebibytes * 1024 * 1024), kind], async (config, server) => {
    const curl = `curl -sSk --fail -o ${raw}/log ${server}/api/v1/namespaces/big/pods/pod-0/log`
    const title = `a log of ${mebibytes} MiB, ${kind === 'long' ? 'one line' : 'of lines'}`
    const all = [...collect, '-n', 'big', '--max-log-bytes', '100Gi']
    const cases = [
      { name: 'curl', argv: sh(curl) },
      { name: 'curl, sync and sha256sum', argv: sh(`${curl}; sync ${raw}/log; sha256sum ${raw}/log`) },
      { name: 'kubectl logs', argv: sh(`${kubectl} logs -n big pod-0 --timestamps > ${raw}/log`) },
      { name: 'evidence collect, 256Mi of it', argv: [...collect, '-n', 'big'] },
      { name: 'evidence collect', argv: all },
    ]
    await compare(title, config, cases, rounds)
    const sealing = [
      {
        name: 'tar, gzip -1 and sha256sum',
        argv: sh(`tar cf - case | gzip -1 > ${raw}/x.tar.gz; sha256sum ${raw}/x.tar.gz`),
      },
      { name: 'evidence seal', argv: [...secure, 'seal', join(scratch, 'case')] },
      { name: 'evidence verify', argv: [...secure, 'verify', join(scratch, 'case.tar.gz')] },
    ]
    await compare(`sealing ${title}`, config, sealing, rounds, true)
  })
}

async function manyPods(): Promise<void> {
  await withServer([String(pods), '1000', 'lines'], async (config, server) => {
    const pages = Array.from({ length: Math.ceil(pods / 500) }, (_, page) => ({
      path: `${server}/api/v1/pods?limit=500${page === 0 ? '' : `&continue=${page * 500}`}`,
      name: `page-${page}`,
    }))
    const logs = Array.from({ length: pods }, (_, index) => ({
      path: `${server}/api/v1/namespaces/big/pods/pod-${index}/log`,
      name: `log-${index}`,
    }))
    const list = join(scratch, 'list')
    const urls = [...pages, ...logs].map(({ path, name }) => `url = "${path}"\noutput = "${raw}/${name}"`)
    writeFileSync(list, urls.join('\n'))
    const curl = `curl -sSk --parallel --parallel-max 16 -K ${list}`
    const cases = [
      { name: 'curl, 16 at a time', argv: sh(curl) },
      {
        name: 'curl, each file synced, sha256sum',
        argv: sh(`${curl}; cd ${raw}; ls | xargs sync; sha256sum * > sums`),
      },
      { name: 'evidence collect', argv: [...collect, '-n', 'big'] },
      {
        name: 'kubectl cluster-info dump',
        argv: [kubectl, 'cluster-info', 'dump', '--namespaces', 'big', '--output-directory', raw],
        isOnce: true,
      },
    ]
    await compare(`${pods} pods and their logs`, config, cases, rounds)
  })
}

async function smallCluster(): Promise<void> {
  const running = await startCluster({ level: 'node' })
  const dump = [kubectl, 'cluster-info', 'dump', '-A', '--output-directory', raw]
  const cases = [
    { name: 'kubectl cluster-info dump', argv: dump },
    { name: 'evidence collect -A', argv: [...collect, '-A'] },
    { name: 'evidence collect -A, full', argv: [...collect, '-A', '--profile', 'full'] },
  ]
  try {
    await compare('a small real cluster', running.kubeconfig, cases, rounds)
  } finally {
    await running.stop()
  }
}

try {
  await oneLog('lines')
  await oneLog('long')
  await manyPods()
  await smallCluster()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from '../../src/cluster/connect.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { bigShape, fill } from './big-rbac.ts'
import { type Case, formatResults, measure } from './measure.ts'

// `npm run bench`: start-up, and who-can on a large cluster, each beside what it is measured against. Never asserted.
const root = dirname(dirname(import.meta.dirname))
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const secure = [process.execPath, join(root, 'bin/kubectl-secure')]
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const lists = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((name) => `${rbac}/${name}`)
const say = (line: string) => process.stderr.write(`${line}\n`)

const running = await startCluster({ level: 'control-plane' })
try {
  const env = { HOME: scratch, XDG_CACHE_HOME: join(scratch, 'cache'), KUBECONFIG: running.kubeconfig }
  const example = ['--snapshot', join(root, 'examples/cluster.json')]
  process.stdout.write(
    `${formatResults(
      'start-up',
      await measure(
        [
          { name: 'kubectl version --client', argv: [running.kubectl, 'version', '--client'], env },
          { name: 'node -e 0', argv: [process.execPath, '-e', '0'], env },
          { name: 'kubectl-secure --version', argv: [...secure, '--version'], env },
          { name: 'kubectl-secure who-can --help', argv: [...secure, 'who-can', '--help'], env },
          {
            name: 'kubectl-secure who-can on the example',
            argv: [...secure, 'who-can', 'get', 'secrets', '-A', ...example],
            env,
          },
        ],
        20,
      ),
    )}\n`,
  )

  const around = { env: {}, cwd: root, home: scratch, warn: say, interactive: false }
  const cluster = await connect({ kubeconfig: running.kubeconfig }, around)
  await fill(cluster, bigShape, say)
  const dump = join(scratch, 'dump')
  await dumpLists(cluster, dump)
  const admin = await running.clientCert('bench', ['system:masters'])
  const curl = (path: string) =>
    `curl -sSf --cacert ${running.caFile} --cert ${admin.certFile} --key ${admin.keyFile} -o /dev/null ${running.server}${path}`
  const question = ['who-can', 'get', 'secrets', '-A']
  const large: Case[] = [
    {
      name: 'four parallel curl of the lists',
      argv: ['sh', '-c', `${lists.map((path) => `${curl(path)} &`).join(' ')} wait`],
      env,
    },
    { name: 'who-can get secrets -A, live', argv: [...secure, ...question], env },
    { name: 'who-can get secrets -A -o json, live', argv: [...secure, ...question, '-o', 'json'], env },
    {
      name: 'who-can get secrets -n team-7, live',
      argv: [...secure, 'who-can', 'get', 'secrets', '-n', 'team-7'],
      env,
    },
    { name: 'who-can get secrets -A, offline (JSON)', argv: [...secure, ...question, '--snapshot', dump], env },
    { name: 'what-can sa:team-7/app-7, live', argv: [...secure, 'what-can', 'sa:team-7/app-7'], env },
  ]
  const objects = Object.values(bigShape).reduce((sum, count) => sum + count, 0) - bigShape.namespaces
  process.stdout.write(formatResults(`${objects} RBAC objects`, await measure(large, 7)))
  cluster.close()
} finally {
  await running.stop()
  rmSync(scratch, { recursive: true, force: true })
}

async function dumpLists(cluster: Awaited<ReturnType<typeof connect>>, folder: string): Promise<void> {
  mkdirSync(folder)
  for (const [index, path] of lists.entries()) {
    const { body } = await cluster.request({ path })
    writeFileSync(join(folder, `${index}.json`), body)
  }
}

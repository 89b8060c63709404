import { parseArgs } from 'node:util'
import { ensureComponents } from './build.ts'
import { assetsFolder } from './binaries.ts'
import { ClusterError } from './cluster-error.ts'
import { execInCluster } from './cli-exec.ts'
import { type BinaryName, binariesOf, binaryNames, type Level } from './components.ts'
import { instanceStatus } from './cli-status.ts'
import { findInstance } from './instance.ts'
import { startCluster } from './start-cluster.ts'
import { reapStale, removeInstance } from './stop.ts'

const usage = `A real Kubernetes cluster on this machine, thrown away after use.

npm run cluster -- up [--level control-plane|node] [--name NAME] [--audit-policy FILE] [--apiserver-flag=--FLAG=VALUE]…
npm run cluster -- exec [--name NAME] [--node] COMMAND…   with KUBECONFIG, PATH and HOME of the cluster, in its network
npm run cluster -- status
npm run cluster -- down [--name NAME | --all]
npm run cluster -- build [--level control-plane|node] [--all] [COMPONENT…]   --all adds MinIO

control-plane (the default) needs no root; node needs root and runs pods. NAME is "dev" unless given.`

const progress = (line: string) => console.error(`cluster: ${line}`)
const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

function level(value: string | undefined): Level {
  if (value === undefined || value === 'control-plane' || value === 'node') return value ?? 'control-plane'
  throw new ClusterError(`--level ${value}: there is no such level.`, { next: 'use control-plane or node.' })
}

async function up(args: string[]): Promise<number> {
  const options = {
    level: text,
    name: text,
    'audit-policy': text,
    'apiserver-flag': { ...text, multiple: true },
  } as const
  const { values } = parseArgs({ args, options })
  const wanted = level(values.level)
  if (wanted === 'node' || !assetsFolder()) await ensureComponents({ names: binariesOf[wanted], progress })
  const begin = Date.now()
  const cluster = await startCluster({
    level: wanted,
    name: values.name ?? 'dev',
    detach: true,
    apiserverFlags: values['apiserver-flag'] ?? [],
    ...(values['audit-policy'] ? { auditPolicy: values['audit-policy'] } : {}),
  })
  for (const note of cluster.notes) progress(note)
  const named = cluster.name === 'dev' ? '' : ` --name ${cluster.name}`
  console.log(`${cluster.name}: ${wanted}, ready after ${((Date.now() - begin) / 1000).toFixed(1)} s
  export KUBECONFIG=${cluster.kubeconfig}
  npm run cluster -- exec${named} kubectl get namespaces
  audit log  ${cluster.auditLog}
  logs       ${cluster.logDir}
  npm run cluster -- down${named}`)
  return 0
}

async function down(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { name: text, all: flag } })
  for (const name of await reapStale()) progress(`${name} was left over and is removed`)
  const names = values.all ? instanceStatus().map((instance) => instance.name) : [values.name ?? 'dev']
  for (const name of names) {
    const instance = findInstance(name)
    if (instance) await removeInstance(instance)
    console.log(instance ? `${name}: removed` : `${name}: is not there`)
  }
  return 0
}

async function build(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { level: text, all: flag }, allowPositionals: true })
  const unknown = positionals.filter((name) => !binaryNames.includes(name as BinaryName))
  if (unknown.length > 0)
    throw new ClusterError(`No component is named ${unknown.join(', ')}.`, {
      next: `choose of ${binaryNames.join(', ')}.`,
    })
  const ofLevel = binariesOf[level(values.level ?? 'node')]
  const names = positionals.length > 0 ? (positionals as BinaryName[]) : values.all ? binaryNames : ofLevel
  await ensureComponents({ names, progress })
  console.log(`all there: ${names.join(', ')}`)
  return 0
}

function status(): number {
  const all = instanceStatus()
  if (all.length === 0) console.log('no clusters')
  for (const { name, level, state, server, since } of all) console.log([name, level, state, server, since].join('  '))
  return 0
}

const commands: Record<string, (args: string[]) => number | Promise<number>> = {
  up,
  down,
  build,
  status,
  exec: execInCluster,
}

const [command = '', ...args] = process.argv.slice(2)
try {
  const run = commands[command]
  if (!run) console.error(usage)
  process.exitCode = run ? await run(args) : command === '--help' || command === 'help' ? 0 : 2
} catch (error) {
  const parse = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!parse && !(error instanceof ClusterError)) throw error
  console.error(error.message)
  process.exitCode = parse ? 2 : 1
}

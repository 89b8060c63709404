import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { ClusterError } from './cluster-error.ts'
import { findInstance, readRecord } from './instance.ts'
import { enterNode, nodeEnv } from './namespaces.ts'
import { clusterEnv, networkPrefix } from './test-cluster.ts'

/** `exec [--name NAME] [--node] COMMAND…`: runs a command on this terminal; hands back its exit code. */
export async function execInCluster(args: readonly string[]): Promise<number> {
  let name = 'dev'
  let node = false
  let rest = [...args]
  // Flags end at the command: what follows it is the command's own.
  while (rest[0]?.startsWith('-')) {
    const [flag = '', ...after] = rest
    rest = after
    if (flag === '--') break
    if (flag === '--node') node = true
    else if (flag.startsWith('--name=')) name = flag.slice('--name='.length)
    else if (flag === '--name') name = rest.shift() ?? ''
    else throw new ClusterError(`exec: there is no flag ${flag}.`, { next: 'use --name NAME and --node.' })
  }
  const instance = findInstance(name)
  const record = instance && readRecord(instance)
  if (!instance || !record?.ready)
    throw new ClusterError(`No cluster named ${name} is up.`, { next: 'npm run cluster -- status lists them.' })
  if (node && record.level !== 'node') throw new ClusterError(`${name} is a control plane and has no node.`)
  const prefix = node ? enterNode(record) : networkPrefix(record)
  const [command, ...more] = [...prefix, ...rest]
  if (!command || rest.length === 0) throw new ClusterError('exec: no command given.')
  const env = { ...clusterEnv(instance), ...(node ? nodeEnv(instance) : {}) }
  const child = spawn(command, more, { stdio: 'inherit', env })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal ? 128 + constants.signals[signal] : (code ?? 1)
}

import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { encodePath } from '../bundle/path-name.ts'
import { list } from '../cluster/list.ts'
import { SecureError } from '../errors.ts'
import { fetchArtefact } from './fetch.ts'
import { type ApiServer, apiServerOf, namesIn, rotatedOf, underVarLog } from './node-audit-place.ts'
import { needsProxy, proxyPath } from './nodes.ts'
import { collectCapped } from './pod-logs.ts'
import type { Run } from './run.ts'

/** What --audit-log says for the logs on the nodes of the API servers. */
export const onNodes = 'node:'

// A log that rotates faster than it is read is read as far as that.
const maxLooks = 3

/**
 * Collects the audit logs that API servers write below /var/log of their nodes, current and rotated ones, through the kubelets: that takes `get`
 * on nodes/proxy. What lies elsewhere is a gap that says where, and how to fetch it.
 */
export async function collectNodeAudit(run: Run): Promise<void> {
  const namespace = 'kube-system'
  const right = { verb: 'list', resource: 'pods', namespace }
  const missing = { what: `pods in ${namespace}`, hides: 'where the API servers write their audit logs', right }
  const path = `/api/v1/namespaces/${namespace}/pods`
  const pods = await run.attempt(missing, async () => (await list(run.cluster, path, (raw) => raw)).items)
  if (!pods) return
  const servers = pods.flatMap((pod) => apiServerOf(pod) ?? [])
  if (servers.length === 0) return await run.gap(noServers, managed)
  for (const server of servers) await collectOf(run, server)
}

const noServers = { what: "the API servers' audit logs", hides: 'who asked the API server for what' }
const managed = `no API server runs as a pod in kube-system. A managed one logs elsewhere, once that is switched on: EKS to CloudWatch, \
group /aws/eks/CLUSTER/cluster, streams kube-apiserver-audit-…; GKE to Cloud Logging, Admin Activity and Data Access; AKS by a diagnostic setting, \
category kube-audit. k3s writes where its --kube-apiserver-arg=audit-log-path says, OpenShift to /var/log/kube-apiserver (oc adm node-logs). Give the \
files with --audit-log`

async function collectOf(run: Run, server: ApiServer): Promise<void> {
  const { pod, node, isMirror, flags, file, why } = server
  const missing = { what: `the audit log of API server ${pod.name} (node ${node})`, hides: noServers.hides }
  await run.evidence.note('audit-log', { node, pod, isMirror, flags, ...(file !== undefined && { file }) })
  if (file === undefined) return await run.gap(missing, why ?? 'it is not known where it is')
  const parts = underVarLog(file)
  if (!parts) {
    const next = `fetch ${file} from node ${node} by hand ("kubectl debug node/…" has the node's files below /host), and give it with --audit-log FILE`
    return await run.gap(missing, `the kubelet serves no file outside of /var/log: ${next}`)
  }
  const { right } = needsProxy(node, '', '')
  await run.attempt({ ...missing, ...(right && { right }) }, () => collectFiles(run, server, file, parts))
}

/**
 * The rotated files first, oldest first, as those are the first to be deleted, then the current one. Then it is looked once more: what was rotated
 * meanwhile has a name of its own now, and is read too. So an event may be there twice, and none is lost in between.
 */
async function collectFiles(run: Run, { pod, node, flags }: ApiServer, file: string, parts: string[]): Promise<void> {
  const folders = parts.slice(0, -1).map((part) => `${encodeURIComponent(part)}/`)
  const at = `${proxyPath(node)}/logs/${folders.join('')}`
  const { base: current, dir } = posix.parse(file)
  const folder = ['audit', node, pod.name]
  const has = (name: string) => run.evidence.has([...folder, name])
  const missingOf = (name: string) => ({ what: `the audit log ${name} of node ${node}`, hides: noServers.hides })
  const gone = new Set<string>()
  const collectOne = async (name: string) => {
    run.tally.planned++
    const { what, ...missing } = missingOf(name)
    await run.attempt({ what, ...missing }, async () => {
      const meta = { source: `node ${node}`, log: posix.join(dir, name), apiServer: pod, flags }
      const log = { folder, name, suffix: '' as const, path: `${at}${encodeURIComponent(name)}`, node, what, meta }
      try {
        await collectCapped(run, log)
      } catch (error) {
        const isGone = error instanceof SecureError && error.code === 'not-found'
        if (!isGone || name === current) throw error
        gone.add(name)
      }
    })
    run.tally.done++
  }
  const tried = new Set<string>()
  for (let looks = 1; looks <= maxLooks; looks++) {
    const rotated = rotatedOf(current, await look(run, node, at))
    // Once it is rotated it is packed: the same log under another name.
    const fresh = rotated.filter((name) => !tried.has(name) && !has(name.replace(/\.gz$/, '')))
    if (looks > 1 && fresh.length === 0) break
    for (const name of [...fresh, ...(looks === 1 ? [current] : [])]) {
      tried.add(name)
      await collectOne(name)
    }
  }
  for (const name of gone)
    if (!has(`${name}.gz`)) await run.gap(missingOf(name), 'the API server removed it before it was read')
}

async function look(run: Run, node: string, folder: string): Promise<string[]> {
  let count = 1
  const at = () => ['nodes', node, 'audit-index', `${count}.html`]
  while (run.evidence.has(at())) count++
  await fetchArtefact(run, { path: at(), request: { path: folder, headers: { accept: '*/*' } }, key: node })
  return namesIn(await readFile(join(run.evidence.dir, encodePath(at())), 'utf8'))
}

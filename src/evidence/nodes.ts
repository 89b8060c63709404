import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePath } from '../bundle/path-name.ts'
import { fetchArtefact } from './fetch.ts'
import { collectCapped, logFolder } from './pod-logs.ts'
import type { PodRef } from './request.ts'
import type { Missing, Run } from './run.ts'

/** The configuration that a kubelet runs with, through the API server. Needs `get` on nodes/proxy, which is near to root on the node. */
export async function collectKubelet(run: Run, node: string): Promise<void> {
  const file = ['nodes', node, 'configz.json']
  if (run.evidence.has(file)) return
  const missing = needsProxy(node, 'the configuration of its kubelet', 'how open it is')
  await run.attempt(missing, () => {
    const request = { path: `${proxyPath(node)}/configz` }
    return fetchArtefact(run, { path: file, request, key: node })
  })
}

/**
 * The files of a container's log that the kubelet has rotated, and those of runs before the last: pods/log serves the newest file alone.
 * Rule: kubelet's /logs/, and log rotation in container_log_manager.go; seen on 1.34.
 */
export async function collectRotated(run: Run, pod: PodRef): Promise<void> {
  const { node, namespace, name, uid } = pod
  if (node === undefined || run.closedNodes.has(node)) return
  for (const { name: container } of pod.containers) {
    const missing = needsProxy(node, 'rotated logs of its pods', 'what was written before the newest file of each log')
    const files = await run.attempt(missing, async () => {
      const folder = `${proxyPath(node)}/logs/pods/${[namespace, name, uid].map(encodeURIComponent).join('_')}/${encodeURIComponent(container)}/`
      return { folder, names: await listed(run, pod, container, folder) }
    })
    if (!files) return void run.closedNodes.add(node)
    await Promise.all(
      files.names.map(async (file) => {
        const what = `the rotated log ${file} of container ${container} of pod ${name} in ${namespace}`
        run.tally.planned++
        await run.attempt({ ...missing, what, hides: 'what it wrote' }, () =>
          collectCapped(run, {
            folder: [...logFolder(pod, container), 'rotated'],
            name: file,
            path: `${files.folder}${encodeURIComponent(file)}`,
            node,
            what,
          }),
        )
        run.tally.done++
      }),
    )
  }
}

async function listed(run: Run, pod: PodRef, container: string, folder: string): Promise<string[]> {
  const file = ['nodes', pod.node ?? '', 'log-index', pod.namespace, `${pod.name}_${pod.uid}`, `${container}.html`]
  if (!run.evidence.has(file))
    await fetchArtefact(run, {
      path: file,

      request: { path: folder, headers: { accept: '*/*' } },
      key: pod.node,
    })
  const html = await readFile(join(run.evidence.dir, encodePath(file)), 'utf8')
  const names = [...html.matchAll(/<a href="([0-9]+\.log[0-9A-Za-z.-]*)">/g)].map(([, name = '']) => name)
  const newest = Math.max(...names.map((name) => Number.parseInt(name, 10)))
  // That one is what pods/log gives.
  return [...new Set(names)].filter((name) => name !== `${newest}.log`)
}

/** What is missing where the kubelet of a node cannot be asked through the API server. */
export function needsProxy(node: string, what: string, hides: string): Missing {
  const right = { verb: 'get', resource: 'nodes', subresource: 'proxy', name: node }
  return { what: `node ${node}: ${what}`, hides, right }
}

export const proxyPath = (node: string) => `/api/v1/nodes/${encodeURIComponent(node)}/proxy`

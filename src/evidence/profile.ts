import { inParallel } from '../cluster/in-parallel.ts'
import type { Discovery } from '../cluster/discovery.ts'
import { listRequestPath } from '../snapshot/bundle-layout.ts'
import { standardObjects } from '../snapshot/question-kinds.ts'
import { collectAuditLogs } from './audit-files.ts'
import { kindsOf } from './kinds.ts'
import { collectList, type Kind } from './lists.ts'
import { collectNodeAudit, onNodes } from './node-audit.ts'
import { collectKubelet, collectRotated } from './nodes.ts'
import { collectNamedRoles } from './named-roles.ts'
import { collectObject } from './objects.ts'
import { podRefOf, recordAt } from './pod-ref.ts'
import { collectPodLogs } from './pod-logs.ts'
import type { PodRef } from './request.ts'
import type { Run } from './run.ts'
import { collectScene } from './scene.ts'
import { collectDiscovery, collectReviews } from './server-facts.ts'
import { checkSuccessors } from './successors.ts'

// Enough to keep the limits busy; what waits beyond is a name in a list.
const podsAtOnce = 64

/** Collects what the profile of a run holds, the most volatile first (RFC 3227). */
export async function collectProfile(run: Run): Promise<void> {
  const { request, tally } = run
  const { targets, namespace, all, profile } = request
  tally.now = 'looking around'
  const discovery = await collectDiscovery(run)
  const scene = await collectScene(run, discovery.resources)
  if (request.volatile) {
    const { collectVolatile } = await import('./volatile/collect-volatile.ts')
    await collectVolatile(run, scene)
  }
  tally.now = 'logs of the targets'
  await inParallel(scene, (pod) => collectPodLogs(run, pod, true), podsAtOnce)
  if (profile === 'quick') return await checkSuccessors(run, scene)
  tally.now = 'objects'
  const [listed] = await Promise.all([collectKinds(run, discovery), collectReviews(run, [namespace])])
  await collectNamedRoles(run)
  const meant = (pod: PodRef) => all || pod.namespace === namespace
  const pods = targets.length > 0 ? scene : listed.filter(meant)
  tally.now = 'kubelets'
  const nodes = new Set([...pods, ...(profile === 'full' ? listed : [])].flatMap(({ node }) => node ?? []))
  await inParallel([...nodes], (node) => collectKubelet(run, node))
  tally.now = 'logs'
  if (targets.length === 0) await inParallel(pods, (pod) => collectPodLogs(run, pod, false), podsAtOnce)
  await inParallel(pods, (pod) => collectRotated(run, pod), podsAtOnce)
  tally.now = 'audit logs'
  for (const [index, source] of request.auditLogs.entries())
    await (source === onNodes ? collectNodeAudit(run) : collectAuditLogs(run, source, index + 1))
  await checkSuccessors(run, pods)
}

/** Collects the lists of a profile, and returns the pods that they name. */
async function collectKinds(run: Run, { resources }: Discovery): Promise<PodRef[]> {
  const kinds = kindsOf(resources, run.request.profile)
  const spaces = await namespacesOf(run, kinds)
  const pods = new Map<string, PodRef[]>()
  run.tally.planned += kinds.length
  await Promise.all([
    ...kinds.map(async (kind) => {
      // Those were read before: the others may need their names.
      if (isNamespaces(kind)) return void run.tally.done++
      const isPods = kind.group === '' && kind.resource === 'pods'
      const onItems = (items: Record<string, unknown>[], of: number, space = '') => {
        const key = `${space}:${of}`
        const refs = pods.get(key) ?? []
        pods.set(key, refs)
        for (const item of items) {
          const ref = podRefOf(item)
          if (ref) refs.push(ref)
        }
      }
      await collectKind(run, kind, spaces, isPods ? onItems : undefined)
      run.tally.done++
    }),
    ...standardObjects.map(async ({ group, resource, namespace, name }) => {
      const kind = resources.find((one) => one.group === group && one.resource === resource)
      // Whose it is tells whether it is there.
      if (!kind || !resources.some((one) => one.group === 'cilium.io')) return
      const missing = { what: `get ${resource} ${name} in ${namespace}`, hides: 'how its owner is set up' }
      const path = `${listRequestPath({ ...kind, namespace })}/${name}`
      const right = { verb: 'get', group, resource, namespace, name }
      await run.attempt({ ...missing, path, right }, () => collectObject(run, { ...kind, namespace }, name))
    }),
  ])
  // A list that began anew names its pods again.
  return [...new Map([...pods.values()].flat().map((pod) => [pod.uid, pod])).values()]
}

type OnItems = (items: Record<string, unknown>[], run: number, space?: string) => void

/** A list of the whole cluster; where that is refused, of each namespace that is known. */
async function collectKind(run: Run, kind: Kind, spaces: string[], onItems: OnItems | undefined): Promise<void> {
  const { group, resource, namespaced } = kind
  const before = run.gaps.length
  const missing = {
    what: `list ${resource}${group === '' ? '' : `.${group}`}`,
    path: listRequestPath(kind),
    hides: 'all objects of this type, or those of the namespaces that are not listed one by one',
    right: { verb: 'list', group, resource },
  }
  let isRefused = false
  await run.attempt(missing, async () => {
    try {
      await collectList(run, kind, undefined, onItems ? { onItems } : {})
    } catch (error) {
      isRefused = (error as { code?: unknown }).code === 'forbidden'
      throw error
    }
  })
  if (!namespaced || !isRefused || run.gaps.length === before) return
  await inParallel(spaces, async (namespace) => {
    const one = {
      ...missing,
      what: `${missing.what} in ${namespace}`,
      path: listRequestPath({ ...kind, namespace }),
      right: { ...missing.right, namespace },
    }
    const options = onItems
      ? { onItems: (items: Record<string, unknown>[], of: number) => onItems(items, of, namespace) }
      : {}
    await run.attempt(one, () => collectList(run, kind, namespace, options))
  })
}

async function namespacesOf(run: Run, kinds: Kind[]): Promise<string[]> {
  const names: string[] = []
  const kind = kinds.find(isNamespaces)
  if (kind) {
    await collectKind(run, kind, [], (items) => {
      for (const item of items) names.push(String(recordAt(item, 'metadata')['name']))
    })
  }
  return names.length > 0 ? [...new Set(names)] : [run.request.namespace]
}

const isNamespaces = ({ group, resource }: Kind) => group === '' && resource === 'namespaces'

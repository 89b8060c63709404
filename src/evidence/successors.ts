import { listRequestPath } from '../snapshot/bundle-layout.ts'
import type { PodRef } from './request.ts'
import type { Run } from './run.ts'

type Metadata = { name?: unknown; namespace?: unknown; uid?: unknown }
type Heads = { metadata?: { continue?: string }; items?: { metadata?: Metadata }[] | null }

const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/**
 * Logs are asked for by name: whether the pod had that name to the end is seen afterwards. What may be of a successor, or ended with the pod, is a gap.
 */
export async function checkSuccessors(run: Run, pods: PodRef[]): Promise<void> {
  if (pods.length === 0) return
  const spaces = [...new Set(pods.map(({ namespace }) => namespace))]
  const now = new Map<string, unknown>()
  for (const namespace of run.request.all && run.request.targets.length === 0 && !run.request.pods
    ? [undefined]
    : spaces) {
    const right = { verb: 'list', resource: 'pods', ...(namespace !== undefined && { namespace }) }
    const missing = {
      what: 'which pods are there after their logs were read',
      hides: 'whether a log is of a successor',
      right,
    }
    const isRead = await run.attempt(missing, async () => {
      await readHeads(run, namespace, ({ name, namespace: space, uid }) =>
        now.set(`${String(space)}/${String(name)}`, uid),
      )
      return true
    })
    if (!isRead) return
  }
  for (const { namespace, name, uid } of pods) {
    const found = now.get(`${namespace}/${name}`)
    if (found === uid) continue
    const [why, hides] =
      found === undefined
        ? ['it was deleted meanwhile', 'what it wrote after its log was read']
        : ['another pod has its name now', 'whether what was read is of it or of its successor']
    await run.gap({ what: `the logs of pod ${name} in ${namespace} (${uid})`, hides }, why)
  }
}

async function readHeads(run: Run, namespace: string | undefined, see: (metadata: Metadata) => void): Promise<void> {
  const path = listRequestPath({ group: '', version: 'v1', resource: 'pods', namespace })
  for (let token = ''; ; ) {
    const more = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    const heads = await run.cluster.json<Heads>({ path: `${path}?limit=500${more}`, headers: { accept } })
    for (const { metadata } of heads.items ?? []) see(metadata ?? {})
    token = heads.metadata?.continue ?? ''
    if (token === '') return
  }
}

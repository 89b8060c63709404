import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Facts } from '../../bundle/entry.ts'
import { encodePath } from '../../bundle/path-name.ts'
import type { Plan, SubresourceChange } from '../../change/plan.ts'
import { getObject } from '../../cluster/get-object.ts'
import { inParallel } from '../../cluster/in-parallel.ts'
import { podPath } from '../../cluster/object-path.ts'
import { fetchArtefact } from '../fetch.ts'
import type { Run } from '../run.ts'
import { awaitEnd } from './await-end.ts'
import { sightOf } from './container.ts'
import { type Gathered, parseGathered } from './frames.ts'
import { lacksOf } from './judge.ts'
import { lackOf, targetOf, whereOf } from './lack.ts'
import { tablesOf } from './processes.ts'
import { isMade, type Settled } from './settle.ts'

const filesAtOnce = 16
// More than the script says; what a pod that has got hold of it says beyond is not read.
const maxLog = 16 * 1024 * 1024

export const doneKey = ({ id }: SubresourceChange): string => `volatile ${id}`

/** Keeps what one container gathers: its log as it came, each file of /proc in it, and the tables that follow from those. */
export async function gather(
  run: Run,
  plan: Plan,
  change: SubresourceChange,
  settled: Settled | undefined,
  node: string | undefined,
): Promise<void> {
  const { state = 'planned', why } = settled?.step ?? {}
  if (settled?.at !== undefined && state !== 'failed') await writeDown(run, plan, change, settled, node)
  if (!isMade(state)) {
    const reason = why ?? (state === 'planned' ? 'no container was added' : state)
    if (settled) await run.gap(lackOf(change), reason)
    return
  }
  const where = whereOf(change)
  await run.attempt({ ...lackOf(change), right: rightOf(change) }, async () => {
    const file = [...folderOf(change), 'gathered.log']
    if (!run.evidence.has(file)) {
      const ended = await awaitEnd(run.cluster, change)
      const isKilled = ended === 'still' || (ended.code !== 0 && ended.code !== undefined)
      if (isKilled)
        await run.gap(cutOff(change), ended === 'still' ? 'it still runs' : `it ended with code ${ended.code}`)
      const { name } = change.container
      const path = `${podPath(change.ref.namespace ?? '', change.ref.name)}/log?container=${name}&limitBytes=${maxLog}`
      await fetchArtefact(run, {
        path: file,
        meta: { plan: plan.id, container: name, sight: sightOf(change), ...(ended !== 'still' && { ended }) },
        request: { path, headers: { accept: '*/*' } },
        key: node,
      })
    }
    const text = await readFile(join(run.evidence.dir, encodePath(file)), 'latin1')
    const gathered = parseGathered(text)
    await keep(run, folderOf(change), gathered)
    for (const { why: reason, ...missing } of lacksOf(gathered, where)) await run.gap(missing, reason)
    if (sightOf(change) === 'alike') await run.gap(untrusted(where), 'no container with more rights could be added')
    await run.finish(doneKey(change), {})
  })
}

async function keep(run: Run, folder: string[], { pieces }: Gathered): Promise<void> {
  const of = [...folder, 'gathered.log'].join('/')
  const write = async (path: string[], meta: Facts, bytes: Buffer) => {
    if (!run.evidence.has(path)) await run.evidence.artefact(path, { of, ...meta }, bytes)
  }
  const read = pieces.filter(({ ended, bytes }) => ended === 'whole' || bytes.length > 0)
  await inParallel(read, ({ path, ended, bytes }) => write([...folder, ...path], { ended }, bytes), filesAtOnce)
  const { processes, sockets } = tablesOf(pieces)
  for (const [name, rows] of Object.entries({ processes, sockets }))
    await write([...folder, `${name}.json`], { derived: true }, Buffer.from(`${JSON.stringify(rows, undefined, 1)}\n`))
}

/** What was done to the pod, as an alteration of the case; once, whatever becomes of the rest. */
async function writeDown(
  run: Run,
  plan: Plan,
  change: SubresourceChange,
  { step, at, before }: Settled,
  node: string | undefined,
): Promise<void> {
  const key = `altered ${change.id}`
  if (run.done.has(key)) return
  const { namespace = '', name, uid } = change.ref
  const pod = await getObject(run.cluster, podPath(namespace, name)).catch(() => undefined)
  const { container } = change
  const target = targetOf(change)
  await run.evidence.alteration({
    what: `ephemeral container ${container.name} ${step.state === 'unsettled' ? 'may have been' : 'was'} added, to look into container ${target}`,
    namespace,
    name,
    uid,
    ...(node !== undefined && { node }),
    plan: plan.id,
    change: change.id,
    state: step.state,
    container: container.name,
    target,
    image: container['image'] ?? '',
    sight: sightOf(change),
    user: plan.user.name,
    ...(run.engine && { holder: run.engine.holder }),
    ...(at !== undefined && { at }),
    before: before ?? null,
    after: pod ? { uid: pod.metadata.uid, resourceVersion: pod.metadata.resourceVersion ?? '' } : null,
    stays: 'its entry in the spec of the pod, until the pod is deleted',
  })
  await run.finish(key, {})
}

function folderOf(change: SubresourceChange): string[] {
  const { namespace = '', name, uid } = change.ref
  return ['volatile', namespace, `${name}_${uid}`, targetOf(change)]
}

const rightOf = ({ ref }: SubresourceChange) => ({
  verb: 'get',
  resource: 'pods',
  subresource: 'log',
  ...(ref.namespace !== undefined && { namespace: ref.namespace }),
})

// With code 137 it was killed: so it is when the container it looks into ends.
const cutOff = (change: SubresourceChange) => ({
  what: `the end of what ${change.container.name} sees in ${whereOf(change)}`,
  hides: 'what it had not yet said',
})

const untrusted = (where: string) => ({
  what: `processes of other users in ${where}, and whether its processes let all be seen`,
  hides: 'what they run; and a process of the same user could have changed what was said',
})

import type { Facts } from '../bundle/entry.ts'
import { podPath } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import { fetchArtefact } from './fetch.ts'
import { HeadTail } from './head-tail.ts'
import type { PodRef } from './request.ts'
import type { Run } from './run.ts'

/** Collects the logs of every container of a pod: the run before first, as it is the first to go. */
export async function collectPodLogs(run: Run, pod: PodRef, isTarget: boolean): Promise<void> {
  await Promise.all(
    pod.containers.flatMap((container) => [
      // Who may patch a pod's status can hide that a container was restarted; an ephemeral one never is.
      ...(!container.isEphemeral && (isTarget || container.restarted) ? [collectLog(run, pod, container, true)] : []),
      collectLog(run, pod, container, false),
    ]),
  )
}

async function collectLog(
  run: Run,
  pod: PodRef,
  { name: container, isEphemeral }: PodRef['containers'][number],
  isPrevious: boolean,
): Promise<void> {
  const { sinceSeconds } = run.request
  const which = isPrevious ? 'previous' : 'current'
  const query = [
    `container=${encodeURIComponent(container)}`,
    'timestamps=true',
    ...(isPrevious ? ['previous=true'] : []),
    ...(sinceSeconds !== undefined ? [`sinceSeconds=${sinceSeconds}`] : []),
  ]
  const what = `the ${which} log of container ${container} of pod ${pod.name} in ${pod.namespace}`
  const right = { verb: 'get', resource: 'pods', subresource: 'log', namespace: pod.namespace }
  run.tally.planned++
  await run.attempt({ what, hides: 'what it wrote', right }, async () => {
    try {
      const path = `${podPath(pod.namespace, pod.name)}/log?${query.join('&')}`
      const folder = logFolder(pod, container)
      await collectCapped(run, { folder, name: which, path, node: pod.node, what, hidesItsCut: true })
    } catch (error) {
      if (!(error instanceof SecureError && noLog(error, isEphemeral))) throw error
      await run.evidence.note('no-log', { pod: pod.uid, container, which, why: error.message })
    }
  })
  run.tally.done++
}

export function logFolder({ namespace, name, uid }: PodRef, container: string): string[] {
  return ['logs', namespace, `${name}_${uid}`, container]
}

// There is nothing to miss. Rule: validateContainerLogStatus in kubelet_pods.go, and the log strategy of the API server; seen on 1.34.
function noLog({ status, message }: SecureError, isEphemeral: boolean): boolean {
  const none = /previous terminated container .* not found|is waiting to start|does not have a host assigned/
  // Added right now, such as by isolate --sever: the kubelet has no status of it before it starts.
  const isNew = isEphemeral && /container "[^"]*" in pod "[^"]*" is not available/.test(message)
  return status?.code === 400 && (none.test(message) || isNew)
}

// A kubelet says so with status 200 where the runtime has removed the container. A line of a log begins with its time, since we ask for that.
// Rule: GetKubeletContainerLogs in kubelet_pods.go, kuberuntime_manager.go's GetContainerLogs; seen on 1.34.
const refusal = /^unable to retrieve container logs for \S+$/
const maxRefusal = 1024
const newline = 0x0a

/** A log to be had under `path`; `suffix`: of the file it becomes, where `name` is not that already. */
export type CappedLog = {
  folder: string[]
  name: string
  suffix?: '.log' | ''
  path: string
  node?: string | undefined
  what: string
  meta?: Facts
  /** Who answers ends the answer as if it were whole where it loses the kubelet. */
  hidesItsCut?: boolean
}

/** Streams a log; of one that is longer than --max-log-bytes its beginning and its end, with a gap for what is between. */
export async function collectCapped(
  run: Run,
  { folder, name, suffix = '.log', path, node, what, meta = {}, hidesItsCut = false }: CappedLog,
): Promise<void> {
  const file = [...folder, `${name}${suffix}`]
  if (run.evidence.has(file)) return
  let cap = new HeadTail(run.request.maxLogBytes)
  const end = new Ending()
  await fetchArtefact(run, {
    path: file,
    meta,
    request: { path, headers: { accept: '*/*' } },
    key: node,
    through: (chunks) => {
      cap = new HeadTail(run.request.maxLogBytes)
      return marked(cap, hidesItsCut ? end.through(chunks) : chunks)
    },
  })
  if (end.isInDoubt)
    await run.gap(
      { what: `the end of ${what}`, hides: 'what follows' },
      'it ends within a line each time that it is asked for',
    )
  const { tail, skipped, total } = cap
  if (!tail) return
  const rest = { ...meta, of: file, from: total - tail.length, total }
  await run.evidence.artefact([...folder, `${name}.tail${suffix}`], rest, tail)
  if (skipped === 0) return
  const hides = `what is between the first and the last bytes of it (--max-log-bytes ${run.request.maxLogBytes})`
  await run.gap({ what: `${skipped} of ${total} bytes of ${what}`, hides }, 'it is longer than --max-log-bytes')
}

/**
 * An API server that loses the kubelet while a log is on its way ends its answer as if it were whole (StreamObject in apiserver's
 * pkg/endpoints/handlers/responsewriters/writers.go drops the error of io.Copy; seen on 1.34). A log ends with a line: one that does not is asked
 * for anew, until it ends in the same place.
 */
class Ending {
  #tries = 0
  #before = -1
  isInDoubt = false

  async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let [total, last] = [0, newline]
    for await (const chunk of chunks) {
      total += chunk.length
      last = chunk.at(-1) ?? last
      yield chunk
    }
    const isSame = this.#before === total
    this.#before = total
    if (last === newline || isSame) return
    if (++this.#tries < 3)
      throw new SecureError('bad-answer', 'the log ends within a line: the kubelet was lost, or it goes on')
    this.isInDoubt = true
  }
}

async function* marked(cap: HeadTail, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, Facts> {
  let start = Buffer.alloc(0)
  for await (const chunk of cap.through(chunks)) {
    if (start.length < maxRefusal) start = Buffer.concat([start, chunk.subarray(0, maxRefusal)])
    yield chunk
  }
  // Kept as cut: it is no log.
  if (cap.total < maxRefusal && refusal.test(start.toString('latin1')))
    throw new SecureError('not-found', `the kubelet has it no more: ${start.toString('utf8')}`)
  return cap.tail ? { goesOn: cap.total } : {}
}

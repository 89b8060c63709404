import type { ApiObject } from '../cluster/api-object.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { readLogs } from '../cluster/logs.ts'
import { podPath } from '../cluster/object-path.ts'
import { waitFor } from '../cluster/watch.ts'
import { SecureError } from '../errors.ts'
import { containerFailure } from '../evidence/start-failure.ts'
import { listAt, metaOf, type Raw, recordAt, statusOf, textAt } from './raw.ts'
import type { LiveReport } from './report.ts'
import { netAdmins } from './sever-facts.ts'
import { judgeCut, judgeRelease } from './sever-judge.ts'
import { parseSeverLog, type SeverLog } from './sever-log.ts'

/** The container that runs the script, once its change is applied: the ephemeral one of the pod, or that of the helper pod. */
export type ScriptRun = {
  way: NonNullable<LiveReport['way']>
  namespace: string
  pod: string
  /** Of the pod it runs in, where it is known: a namesake's log is not ours. */
  uid?: string
  container: string
}
type Options = { peers?: string[]; timeoutMs?: number; signal?: AbortSignal }

/** Waits for the end of a cut and judges its log. Whatever fails is `unknown`, with why; throws SecureError `interrupted` alone. */
export async function severResult(
  cluster: Cluster,
  pod: Raw,
  run: ScriptRun,
  options: Options = {},
): Promise<LiveReport> {
  const log = await scriptLog(cluster, run, options)
  if (typeof log !== 'string') return judgeCut(pod, log, { way: run.way, peers: options.peers ?? [] })
  return { result: 'unknown', why: log, way: run.way, alive: [], canUndo: netAdmins(pod) }
}

/** Waits for the end of a release. Throws SecureError `interrupted` alone. */
export async function releaseResult(
  cluster: Cluster,
  run: ScriptRun,
  options: Options = {},
): Promise<{ released: boolean; why: string }> {
  const log = await scriptLog(cluster, run, options)
  return typeof log === 'string' ? { released: false, why: log } : judgeRelease(log)
}

const maxLog = 1024 * 1024

/** The script's log, or why there is none. */
async function scriptLog(cluster: Cluster, run: ScriptRun, options: Options): Promise<SeverLog | string> {
  const { timeoutMs = 30_000, signal } = options
  const { namespace, pod, container } = run
  const who = run.way === 'ephemeral container' ? `ephemeral container ${container}` : `helper pod ${namespace}/${pod}`
  try {
    const why = await waitFor(cluster, podPath(namespace, pod), (object) => endOf(object, run), { timeoutMs, signal })
    if (why !== 'ended') return `${who} did not run: ${why}`
    const { text, truncated } = await readLogs(cluster, { namespace, pod, container }, maxLog)
    const log = truncated ? undefined : parseSeverLog(text)
    return log ?? `${who} did not say to its end what it did`
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return `${who}: ${error.message}`
  }
}

function endOf(object: ApiObject | undefined, run: ScriptRun): string | undefined {
  if (!object) return 'its pod is gone'
  if (run.uid !== undefined && metaOf(object).uid !== run.uid) return 'another pod has its name now'
  const status = statusOf(object)
  const found = [...listAt(status, 'ephemeralContainerStatuses'), ...listAt(status, 'containerStatuses')].find(
    (entry) => textAt(entry, 'name') === run.container,
  )
  if (found && Object.hasOwn(recordAt(found, 'state'), 'terminated')) return 'ended'
  return containerFailure(object, run.container)
}

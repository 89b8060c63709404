import * as Flags from '@oclif/core/flags'
import type { Engine } from '../change/engine.ts'
import type { Plan } from '../change/plan.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { EXIT, SecureError } from '../errors.ts'
import type { CollectRequest } from '../evidence/request.ts'
import { defaultProbeImage } from '../isolation/probe-image.ts'
import { count, placeText } from '../terminal/change-text.ts'
import { note, warnOfGaps } from '../terminal/messages.ts'
import { writeFlags } from './change-flags.ts'
import { withCluster } from './session.ts'

/** Live facts of the targets, which take changes to their pods. */
export const liveFlags = {
  volatile: Flags.boolean({
    description: 'also what runs in the targets, seen by a container that is added to each pod and stays in its spec',
  }),
  'probe-image': Flags.string({
    description: 'for --volatile: the image of that container: it needs sh, base64, sha256sum, readlink, stat',
    default: defaultProbeImage,
    helpValue: 'IMAGE',
  }),
  ...writeFlags,
}

export type LiveWords = {
  volatile: boolean
  'probe-image': string
  yes: boolean
  'dry-run': string
  'state-namespace': string
  resume: boolean
  output?: string | undefined
}

/** Runs `work` on the cluster; with the change engine where live facts are asked for, now or in the case that is gone on with. */
export async function withLiveFacts(
  words: LiveWords,
  options: ConnectionOptions,
  work: (cluster: Cluster, live?: { engine: Engine; plan?: Plan }) => Promise<void>,
): Promise<void> {
  if (words['dry-run'] === 'server' && !words.volatile)
    throw new SecureError('usage', '--dry-run is of --volatile: nothing else changes the cluster')
  if (words.resume && words.volatile)
    throw new SecureError('usage', '--resume goes on with what was asked for: --volatile belongs to the beginning')
  const plan = words.resume && words.output !== undefined ? await planIn(words.output) : undefined
  if (!words.volatile && !plan) return await withCluster(options, async (cluster) => await work(cluster))
  const { withEngine } = await import('./with-engine.ts')
  await withEngine(options, words['state-namespace'], async (engine) => {
    await work(engine.cluster, { engine, ...(plan && { plan }) })
  })
}

/** The plan of a case that is gone on with. Throws SecureError, as {@link readBundle}. */
async function planIn(directory: string): Promise<Plan | undefined> {
  const { readBundle } = await import('../bundle/read.ts')
  const { head } = await readBundle(directory)
  return (head['request'] as CollectRequest | undefined)?.volatile?.plan
}

/**
 * Plans what --volatile adds, shows it and asks; nothing is written. The request with what was agreed to, or undefined where that was no, or
 * a dry run (the exit code is set). Throws SecureError `usage` where nobody can answer, or there are no targets.
 */
export async function agreeToLiveFacts(
  engine: Engine,
  request: CollectRequest,
  words: LiveWords,
  command: string[],
): Promise<CollectRequest | undefined> {
  if (request.targets.length === 0)
    throw new SecureError('usage', '--volatile is of targets', { hint: 'Name them: pod/api-0.' })
  const { planVolatile } = await import('../evidence/volatile/plan.ts')
  const { mayCarryOut, showPlan } = await import('./carry-out.ts')
  const { volatile, previews, report } = await planVolatile(engine, request, { image: words['probe-image'], command })
  const isDry = words['dry-run'] === 'server'
  const { plan, left } = volatile
  if (plan && report) {
    const stream = isDry ? process.stdout : process.stderr
    const diff = isDry ? 'all' : words.yes ? 'none' : 'lasting'
    await showPlan(engine, plan, { report, previews }, { stream, diff })
    if (!isDry && !(await mayCarryOut(engine, plan, { report, previews }, words.yes))) {
      note('nothing was changed')
      process.exitCode = EXIT.no
      return undefined
    }
  }
  if (!isDry) return { ...request, volatile }
  warnOfGaps(left, 'collecting tells them all')
  process.exitCode = plan && left.length === 0 ? EXIT.yes : EXIT.no
  return undefined
}

/** Asks once more where a run that is gone on with has changes to make. False: that was no. Throws SecureError `usage` where nobody can answer. */
export async function agreeToTheRest(engine: Engine, plan: Plan, words: LiveWords): Promise<boolean> {
  const { unmade } = await import('../evidence/volatile/settle.ts')
  const { confirm } = await import('../terminal/confirm.ts')
  const open = await unmade(engine, plan)
  if (open === 0) return true
  const where = placeText(engine.cluster)
  const ask = `Make ${count(open, 'change')} of ${plan.id} that may not be made yet, on ${where} as ${engine.user.name}`
  return await confirm({ ask, yes: words.yes })
}

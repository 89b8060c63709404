import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newPlanId } from '../change/id.ts'
import type { Engine } from '../change/engine.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { actions } from '../playbook/actions/index.ts'
import type { Asking } from '../playbook/answers.ts'
import { askInputs } from '../playbook/ask-inputs.ts'
import { openLibrary } from '../playbook/library.ts'
import { type PathPreflight, preflightPath } from '../playbook/preflight.ts'
import { rehearse, type RehearsedStep } from '../playbook/rehearse.ts'
import { snapshotEngine } from '../playbook/snapshot-engine.ts'
import { stopsOf } from '../playbook/stops.ts'
import { apiVersion, type Gap } from '../snapshot/snapshot.ts'
import { lookOf } from '../terminal/look.ts'
import { pathPreflightText } from '../terminal/playbook-preflight-text.ts'
import { rehearsedText } from '../terminal/playbook-rehearsal-text.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { sayChannels, sayTrust } from './playbook-say.ts'
import { answersFor, responderOf, type RunWords } from './playbook-session.ts'
import { voiceSince } from './playbook-voice.ts'
import { withEngine } from './with-engine.ts'
import { startProgress } from '../terminal/progress.ts'

export type RehearsalReport = {
  apiVersion: typeof apiVersion
  kind: 'PlaybookRehearsal'
  playbook: { name: string; version: string; digest: string }
  source: { kind: 'cluster' | 'snapshot'; server: string }
  /** Whether no step would fail as things are, and no right is surely missing. */
  ready: boolean
  /** Whether nothing was hidden from the questions that were asked. */
  complete: boolean
  inputs: { [key: string]: unknown }
  steps: RehearsedStep[]
  preflight?: PathPreflight
  gaps: Gap[]
}

type Words = RunWords & SnapshotFlags & { incident?: string | undefined; 'state-namespace': string; output: string }

/** Goes through a playbook without writing anything; steps are printed as they are gone over, where the answer is for people. */
export async function rehearsePlaybook(
  nameOrPath: string,
  words: Words,
  options: ConnectionOptions,
): Promise<RehearsalReport> {
  const library = openLibrary()
  const read = await library.find(nameOrPath)
  const stops = await stopsOf(read, library.named)
  const own = new Set(Object.keys(read.playbook.inputs ?? {}))
  // Decisions are gone both ways, and nothing is confirmed.
  const asking: Asking = {
    read,
    library: library.named,
    actions,
    isSettled: ({ kind, key }) => kind !== 'input' || !own.has(key),
  }
  const answers = await answersFor(words.answers, asking)
  sayTrust(stops, words['allow-unsigned'])
  await sayChannels(stops)
  return await onSource(words, options, async (engine, isLive, gaps) => {
    const voice = voiceSince(Date.now(), stops)
    const { values } = await askInputs(read.playbook, responderOf(engine, answers, words.answers, voice))
    const decided = answers?.decisions ?? {}
    const steps: RehearsedStep[] = []
    const look = lookOf(process.stdout)
    let shown = Promise.resolve()
    const progress = startProgress('rehearsing')
    const about = {
      read,
      library: library.named,
      actions,
      decided,
      isLive,
      context: {
        engine,
        // Nothing is written there.
        folder: join(tmpdir(), 'kubectl-secure-rehearsal'),
        runId: newPlanId(),
        probeImage: words['probe-image'],
        ...(words.incident !== undefined && { incident: words.incident }),
        say: progress.update,
      },
      onStep(step: RehearsedStep) {
        const number = steps.push(step)
        if (words.output === 'table')
          shown = shown.then(async () => void process.stdout.write(await rehearsedText(number, step, look)))
      },
    }
    await rehearse(about, values).finally(progress.stop)
    await shown
    const onTheWay = await stopsOf(read, library.named, decided)
    const preflight = isLive ? await preflightPath(engine, actions, onTheWay, values) : undefined
    if (preflight && words.output === 'table') process.stdout.write(`\n${await pathPreflightText(preflight, look)}`)
    const { name, version } = read.playbook.metadata
    return {
      apiVersion,
      kind: 'PlaybookRehearsal',
      playbook: { name, version, digest: read.digest },
      source: { kind: isLive ? 'cluster' : 'snapshot', server: engine.cluster.server },
      ready: (preflight?.ready ?? true) && steps.every(({ result }) => result !== 'failed'),
      complete:
        gaps.length === 0 &&
        steps.every(({ outputs }) => (outputs as { complete?: unknown } | undefined)?.complete !== false),
      inputs: values,
      steps,
      ...(preflight && { preflight }),
      gaps,
    }
  })
}

async function onSource<T>(
  words: Words,
  options: ConnectionOptions,
  work: (engine: Engine, isLive: boolean, gaps: Gap[]) => Promise<T>,
): Promise<T> {
  const { snapshot: paths = [] } = words
  if (paths.length === 0)
    return await withEngine(options, words['state-namespace'], async (engine) => await work(engine, true, []))
  const gaps: Gap[] = []
  const namespace = options.namespace || 'default'
  const cluster = await snapshotCluster(words, paths, namespace, gaps)
  const engine = await snapshotEngine(cluster, words['state-namespace'])
  return await work(engine, false, gaps)
}

async function snapshotCluster(words: Words, paths: string[], namespace: string, gaps: Gap[]) {
  const [{ evidenceSource }, { bundleAsCluster, objectsAsCluster }] = await Promise.all([
    import('./evidence-source.ts'),
    import('../playbook/snapshot-cluster.ts'),
  ])
  const evidence = await evidenceSource(words, namespace)
  if (evidence) return bundleAsCluster(evidence, namespace, gaps)
  const [{ manifestObjects }, { defaultResources }] = await Promise.all([
    import('../snapshot/manifest-objects.ts'),
    import('../snapshot/defaults/defaults.ts'),
  ])
  const objects: Record<string, unknown>[] = []
  const addGap = (what: string, why: string) => void gaps.push({ what, why, hides: 'whatever that document declares' })
  for await (const { raw } of manifestObjects(paths, { isRead: () => true, addGap })) objects.push(raw)
  return objectsAsCluster(objects, await defaultResources(), { server: paths.join(', '), namespace })
}

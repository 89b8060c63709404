import type { ConnectionOptions } from '../cluster/connect.ts'
import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import { actions } from '../playbook/actions/index.ts'
import type { Asking } from '../playbook/answers.ts'
import { type Found, openLibrary, type PlaybookLibrary } from '../playbook/library.ts'
import type { Need } from '../playbook/needs.ts'
import type { Recorded } from '../playbook/run/entry.ts'
import { copyPath, findPlaybookRun, playbookOf } from '../playbook/run/find.ts'
import { readRunJournal } from '../playbook/run/journal.ts'
import { resumePlaybook } from '../playbook/run/run.ts'
import { endOf } from '../playbook/run/walk.ts'
import type { PlaybookRunReport } from '../playbook/run-report.ts'
import { stopsOf } from '../playbook/stops.ts'
import { reported } from './ask-playbook.ts'
import { sayChannels, sayTrust } from './playbook-say.ts'
import { answersFor, baseOf, preflightRun, responderOf, type RunWords } from './playbook-session.ts'
import { voiceSince } from './playbook-voice.ts'
import { withEngine } from './with-engine.ts'

/** Goes on with a run; without a file by the playbook that it was begun with. */
export async function resumeRun(
  id: string,
  file: string | undefined,
  words: RunWords & { 'take-over': boolean; 'state-namespace': string },
  options: ConnectionOptions,
): Promise<PlaybookRunReport> {
  const library = openLibrary()
  return await withEngine(options, words['state-namespace'], async (engine) => {
    const { runId, folder, state } = await findPlaybookRun(engine, id)
    if (state === 'finished' || state === 'undone') throw new SecureError('usage', `run ${runId} is ${state} already`)
    const read = await vouchedFor(library, await library.find(file ?? (await playbookOf(folder))), copyPath(folder))
    const { entries } = await readRunJournal(folder)
    const stops = await stopsOf(read, library.named)
    const asking: Asking = {
      read,
      library: library.named,
      actions,
      decided: decidedIn(entries),
      isSettled: settledIn(entries),
    }
    const answers = await answersFor(words.answers, asking)
    sayTrust(stops, words['allow-unsigned'])
    const begun = Date.parse(entries[0]?.at ?? '') || Date.now()
    const voice = voiceSince(begun, stops, entries.filter((entry) => entry.type === 'done').length)
    const left = (await stopsOf(read, library.named, { ...answers?.decisions, ...decidedIn(entries) })).filter(
      ({ key }) => !isOver(entries, key),
    )
    await sayChannels(left)
    await preflightRun(engine, left, inputsIn(entries), !answers)
    const base = baseOf(engine, responderOf(engine, answers, words.answers, voice), { library, stops, words })
    const go = async () => void (await resumePlaybook(base, read, runId, words['take-over']))
    return await reported(engine, () => runId, go, voice.hush)
  })
}

// The copy in a run's folder is as good as the one that it is the copy of.
async function vouchedFor(library: PlaybookLibrary, read: Found, copy: string): Promise<Found> {
  if (read.path !== copy || read.trust.by !== 'nobody') return read
  const known = await library.named(read.playbook.metadata.name).catch(() => undefined)
  return known?.digest === read.digest ? { ...read, trust: known.trust } : read
}

function isOver(entries: readonly Recorded[], key: string): boolean {
  const end = endOf(entries, key)
  return end !== undefined && !(end.outcome === 'failed' && end.next === undefined)
}

function settledIn(entries: readonly Recorded[]): (need: Need) => boolean {
  const inputs = inputsIn(entries)
  return ({ kind, key }) => (kind === 'input' ? Object.hasOwn(inputs, key) : isOver(entries, key))
}

function inputsIn(entries: readonly Recorded[]): Record<string, Json> {
  return Object.fromEntries(entries.flatMap((entry) => (entry.type === 'input' ? [[entry.name, entry.value]] : [])))
}

// The outputs of a decision have its choice.
function decidedIn(entries: readonly Recorded[]): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const choice = entry.type === 'done' ? entry.outputs?.['choice'] : undefined
      return entry.type === 'done' && typeof choice === 'string' ? [[entry.step, choice]] : []
    }),
  )
}

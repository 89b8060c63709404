import type { ConnectionOptions } from '../cluster/connect.ts'
import type { Engine } from '../change/engine.ts'
import { SecureError } from '../errors.ts'
import { actions } from '../playbook/actions/index.ts'
import { askInputs } from '../playbook/ask-inputs.ts'
import { inLines, openLibrary } from '../playbook/library.ts'
import { findPlaybookRun } from '../playbook/run/find.ts'
import { readRunJournal } from '../playbook/run/journal.ts'
import { startPlaybook } from '../playbook/run/run.ts'
import { type PlaybookRunReport, reportOfRun } from '../playbook/run-report.ts'
import { stopsOf } from '../playbook/stops.ts'
import { note } from '../terminal/messages.ts'
import { sayChannels, sayTrust } from './playbook-say.ts'
import { answersFor, baseOf, preflightRun, rememberSource, responderOf, type RunWords } from './playbook-session.ts'
import { voiceSince } from './playbook-voice.ts'
import { withEngine } from './with-engine.ts'

export type BeginWords = RunWords & {
  incident?: string | undefined
  reason?: string | undefined
  'state-namespace': string
}

/** Runs a playbook from its beginning. */
export async function runPlaybook(
  nameOrPath: string,
  words: BeginWords,
  options: ConnectionOptions,
): Promise<PlaybookRunReport> {
  const library = openLibrary()
  const read = await library.find(nameOrPath)
  const stops = await stopsOf(read, library.named)
  const answers = await answersFor(words.answers, { read, library: library.named, actions })
  sayTrust(stops, words['allow-unsigned'])
  await sayChannels(stops)
  const prepare = await rememberSource(read)
  return await withEngine(options, words['state-namespace'], async (engine) => {
    const voice = voiceSince(Date.now(), stops)
    const asked = await askInputs(read.playbook, responderOf(engine, answers, words.answers, voice))
    const onTheWay = await stopsOf(read, library.named, answers?.decisions)
    await preflightRun(engine, onTheWay, asked.values, !answers)
    let runId: string | undefined
    const base = baseOf(engine, asked.responder, { library, stops, words })
    return await reported(
      engine,
      () => runId,
      async () => {
        const { incident, reason } = words
        await startPlaybook(base, read, {
          ...(incident !== undefined && { incident }),
          ...(reason !== undefined && { reason }),
          prepare,
          onBegin: (id) => {
            runId = id
            voice.begin()
            note(`this is run ${id}; whatever ends it, kubectl secure playbook resume ${id} goes on with it`)
          },
        })
      },
      voice.hush,
    )
  })
}

/** Does the work of a run, and gives the run as it stands then; says how to go on with one that was cut off. */
export async function reported(
  engine: Engine,
  runId: () => string | undefined,
  work: () => Promise<void>,
  hush: () => void,
): Promise<PlaybookRunReport> {
  try {
    await work()
  } catch (error) {
    const id = runId()
    if (id !== undefined && !(error instanceof SecureError && error.code === 'conflict'))
      note(`run ${id} is not at its end: kubectl secure playbook resume ${id}`)
    throw inLines(error)
  } finally {
    hush()
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  const { folder } = await findPlaybookRun(engine, runId() ?? '')
  return reportOfRun((await readRunJournal(folder)).entries, folder)
}

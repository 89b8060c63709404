import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import type { Engine } from '../change/engine.ts'
import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import { actions } from '../playbook/actions/index.ts'
import { type Answers, type Asking, missingOf, noAnswers, readAnswers } from '../playbook/answers.ts'
import { missingAnswers } from '../playbook/missing-answers.ts'
import type { Found, PlaybookLibrary } from '../playbook/library.ts'
import { channelNamed, readChannels } from '../playbook/notify/channels.ts'
import { notify } from '../playbook/notify/notify.ts'
import { preflightPath } from '../playbook/preflight.ts'
import { copyPath, sourcePath } from '../playbook/run/find.ts'
import type { Responder } from '../playbook/run/responder.ts'
import type { RunBase } from '../playbook/run/run.ts'
import type { Stop } from '../playbook/stops.ts'
import { lookOf } from '../terminal/look.ts'
import { pathPreflightText } from '../terminal/playbook-preflight-text.ts'
import { isTerminal, yesOrNo } from '../terminal/playbook-prompts.ts'
import { startProgress } from '../terminal/progress.ts'
import { interactive } from './playbook-interactive.ts'
import { refusalOf } from './playbook-say.ts'
import { unattended } from './playbook-unattended.ts'
import type { Voice } from './playbook-voice.ts'

export type RunWords = {
  answers?: string | undefined
  'skip-evidence'?: string | undefined
  'allow-unsigned': boolean
  'probe-image': string
}

/** The answers of a file; undefined for a person at a terminal. Throws SecureError `usage` that lists all that is missing, before anything is asked of the cluster. */
export async function answersFor(path: string | undefined, asking: Asking): Promise<Answers | undefined> {
  if (path !== undefined) return await readAnswers(path, asking)
  if (isTerminal()) return undefined
  const missing = await missingOf(noAnswers, asking)
  if (missing.length === 0) return noAnswers
  throw missingAnswers(
    'nobody is there to answer (no terminal), and there is no file that answers',
    missing,
    asking.read,
  )
}

export function responderOf(engine: Engine, answers: Answers | undefined, path: string | undefined, voice: Voice) {
  return answers ? unattended(engine, answers, path ?? '', voice) : interactive(engine, voice)
}

/**
 * All that a run needs from outside. A playbook that nobody vouches for asks and takes evidence: its changes are refused, and it tells nobody anything, unless
 * that was allowed.
 */
export function baseOf(
  engine: Engine,
  responder: Responder,
  { library, stops, words }: { library: PlaybookLibrary; stops: readonly Stop<Found>[]; words: RunWords },
): RunBase {
  const refused = (key: string) => (words['allow-unsigned'] ? undefined : refusalOf(stops, key))
  return {
    engine,
    actions,
    library: library.named,
    sleep,
    probeImage: words['probe-image'],
    ...(words['skip-evidence'] !== undefined && { skipEvidence: words['skip-evidence'] }),
    responder: {
      ...responder,
      async mayApply(key, ...more) {
        const why = refused(key)
        if (why !== undefined) throw new SecureError('forbidden', why)
        return await responder.mayApply(key, ...more)
      },
    },
    async tell(channel, message) {
      const step = stops.find(({ key }) => message.id.endsWith(`-${key.replaceAll('/', '.')}`))
      const why = step && refused(step.key)
      if (why !== undefined) return { sent: false, why }
      try {
        const channels = await readChannels({ env: process.env, home: homedir() })
        return await notify(channelNamed(channels, channel), message, process.env, () => new Date())
      } catch (error) {
        return { sent: false, why: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

/** Asks for the rights of the whole path before anything is changed. Throws SecureError `forbidden` where one is surely missing and nobody can decide to go on. */
export async function preflightRun(
  engine: Engine,
  stops: readonly Stop[],
  inputs: Record<string, Json>,
  isAttended: boolean,
): Promise<void> {
  const progress = startProgress('asking for the rights of every step')
  const report = await preflightPath(engine, actions, stops, inputs).finally(progress.stop)
  process.stderr.write(await pathPreflightText(report, lookOf(process.stderr)))
  if (report.ready) return
  if (isAttended && (await yesOrNo('Rights are missing. Go on, as far as it goes?'))) return
  throw new SecureError('forbidden', 'rights are missing for steps of this playbook; nothing was changed', {
    hint: 'the roles above would give them',
  })
}

/** What has to lie beside the journal of a run from its first moment: whence its playbook is, and who vouches for it. */
export async function rememberSource({ path }: Found): Promise<(folder: string) => void> {
  const signature = await readFile(`${path}.sig`).catch(() => undefined)
  return (folder) => {
    writeFileSync(sourcePath(folder), `${JSON.stringify({ path })}\n`, { mode: 0o600 })
    if (signature) writeFileSync(`${copyPath(folder)}.sig`, signature, { mode: 0o600 })
  }
}

// Ctrl-C ends a wait, too.
async function sleep(milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let onInterrupt = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, milliseconds)
      onInterrupt = () => reject(new SecureError('interrupted', 'interrupted while waiting'))
      process.once('SIGINT', onInterrupt)
    })
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', onInterrupt)
  }
}

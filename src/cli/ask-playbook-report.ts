import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { stat } from 'node:fs/promises'
import type { OpenTimeline } from '../audit-log/timeline-rows.ts'
import { stateDirectory } from '../change/journal/journal.ts'
import { EXIT, SecureError } from '../errors.ts'
import { openLibrary } from '../playbook/library.ts'
import { buildReport } from '../playbook/report/build.ts'
import { logsOfRun } from '../playbook/report/logs-of-run.ts'
import { maskReport } from '../playbook/report/mask.ts'
import type { PlaybookReport } from '../playbook/report/model.ts'
import { findAnyRun, readRecords } from '../playbook/report/read.ts'
import type { Records } from '../playbook/report/records.ts'
import type { Telling } from '../playbook/report/timeline.ts'
import { startProgress } from '../terminal/progress.ts'
import { askedFor, showing } from './ask-audit.ts'
import { namedLogs } from './audit-sources.ts'

/** The whole of `playbook report`: no cluster is asked. Throws SecureError. */
export async function reportOfPlaybook(run: string, logs: readonly string[]): Promise<PlaybookReport> {
  const stateDir = stateDirectory(process.env, homedir())
  const records = await readRecords(stateDir, await findAnyRun(stateDir, run), openLibrary())
  const progress = startProgress('reading')
  try {
    const telling = await openTelling(records, logs, progress.update)
    return maskReport(await buildReport(records, telling, new Date()))
  } finally {
    progress.stop()
  }
}

/** What is still open is the content of a report; that it cannot say all is not. */
export function exitOfReport({ damage, timeline }: PlaybookReport): number {
  return damage.length > 0 || timeline.gaps.length > 0 || timeline.read.length === 0 ? EXIT.incomplete : EXIT.yes
}

/** What evidence and logs tell: every request, as what an intruder did need not be what a question is about. */
async function openTelling(
  records: Records,
  named: readonly string[],
  update: (text: string) => void,
): Promise<Telling> {
  const [{ readBundle }, { openEvidenceTimeline }] = await Promise.all([
    import('../bundle/read.ts'),
    import('../evidence/timeline/open-timeline.ts'),
  ])
  const gaps: PlaybookReport['timeline']['gaps'] = []
  const files = [...records.bundles.values()].filter(({ now }) => now === 'as-sealed').map(({ path }) => path)
  const bundles = await Promise.all(files.map(async (file) => await readBundle(file)))
  const logs =
    named.length > 0
      ? named
      : await there(
          (await logsOfRun(records)).map((path) => resolve(path)),
          gaps,
        )
  if (files.length === 0 && logs.length === 0)
    return { read: [], rows: nothing(), report: () => ({ gaps, notes: [], complete: false }) }
  const opened: OpenTimeline = await openEvidenceTimeline(bundles, namedLogs(logs), {
    asked: askedFor(undefined, undefined).asked,
    policy: undefined,
    all: true,
    onProgress: showing(update),
  })
  return {
    read: [...files, ...logs],
    rows: opened.rows,
    report() {
      const { gaps: found, notes, complete } = opened.report()
      return { gaps: [...gaps, ...found], notes, complete: complete && gaps.length === 0 }
    },
  }
}

// What the run read then may be gone by now; what is named here has to be there.
async function there(paths: readonly string[], gaps: PlaybookReport['timeline']['gaps']): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    try {
      await stat(path)
      found.push(path)
    } catch (error) {
      const why = error instanceof SecureError ? error.message : String((error as NodeJS.ErrnoException).code)
      gaps.push({ what: `the audit log ${path}, which the run asked`, why, hides: 'what was done by whom' })
    }
  }
  return found
}

async function* nothing(): AsyncGenerator<never> {}

import * as Flags from '@oclif/core/flags'
import { timeline } from '../../src/audit-log/timeline-order.ts'
import type { TimelineReport, TimelineRow } from '../../src/audit-log/timeline-rows.ts'
import { askTimeline } from '../../src/cli/ask-timeline.ts'
import { auditFlags } from '../../src/cli/audit-flags.ts'
import { exitOf, SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { writeOut } from '../../src/cli/write-out.ts'
import { SecureError } from '../../src/errors.ts'
import { count } from '../../src/terminal/change-text.ts'
import { coverageTable, coverageText, readNotes, routineNote } from '../../src/terminal/coverage-text.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { note } from '../../src/terminal/messages.ts'
import { timesketchCsvHeader, timesketchCsvLine, timesketchLine } from '../../src/terminal/timeline-export.ts'
import { timelineTable } from '../../src/terminal/timeline-text.ts'

// What is sorted is in memory, at about a kilobyte each.
const mostSorted = 200_000
const { snapshot: _, ...logFlags } = auditFlags

export default class EvidenceTimeline extends SecureCommand {
  static override summary = 'What happened when, and who did it: audit logs, Events, objects and logs in one'
  static override description =
    `What all that is in evidence tells of what happened, in the order of time: the requests of audit logs that answer a question of \`audit ask\`, \
Events, what objects and logs tell of changes of state, and what was changed to collect it. --all: every request, those that collected the evidence too. \
Below stands what of all this the audit logs do not show.

Times are corrected to one clock as far as the evidence tells how far API servers and nodes were off; -o wide shows how sure each is.

-o jsonl and -o csv are for Timesketch (message, datetime, timestamp_desc): not in order, and without limit. -o html is a page for a browser.

Exit code: 0 something happened (beyond the control plane's own routine), 1 nothing did, where the log would have shown it, 2 usage, \
3 the answer is incomplete; without an audit log and --audit-policy it always is, 4 the evidence is damaged.`

  static override usage = '<%= command.id %> FILE… [--audit-log SRC]… [FLAGS]'

  static override examples = [
    {
      description: 'The last night',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz --audit-log /var/log/kubernetes --since 12h',
    },
    {
      description: 'All that one account did, even if no question is about it',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz --subject sa:payments/api --all',
    },
    {
      description: 'Into Timesketch',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz --all -o jsonl > case.jsonl',
    },
    {
      description: 'To look at',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz -o html > case.html',
    },
  ]

  static override strict = false

  static override flags = {
    ...logFlags,
    all: Flags.boolean({ description: 'every request, not only those that answer a question, and our own' }),
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'jsonl', 'csv', 'html']),
  }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { argv, flags } = await this.parse(EvidenceTimeline)
    const { output } = flags
    const { rows, report } = await askTimeline(argv.map(String), flags)
    const line = output === 'jsonl' ? timesketchLine : output === 'csv' ? timesketchCsvLine : undefined
    const kept: TimelineRow[] = []
    const found = { questions: [] as { question: string; routine?: string }[], isAny: false, routine: 0, quiet: 0 }
    if (output === 'csv') await writeOut(timesketchCsvHeader)
    for await (const row of rows) {
      const routine = row.routine === undefined ? {} : { routine: row.routine }
      if (line) await writeOut(line(row))
      else if (kept.push(row) > mostSorted) throw tooMany()
      if (row.routine === undefined) found.isAny = true
      else found[row.kind === 'audit' ? 'routine' : 'quiet'] += 1
      if (output === 'table' || output === 'wide')
        for (const question of row.questions) found.questions.push({ question, ...routine })
    }
    const made: TimelineReport = { ...report(), entries: timeline(kept) }
    const isText = output === 'table' || output === 'wide'
    if (output === 'html') await this.#page(made)
    else if (!line) await this.printReport(made, output, () => textOf(made, found.questions, output === 'wide'))
    this.sayLimits({ gaps: made.gaps, notes: [...readNotes(made), ...made.notes] }, output)
    if (output === 'table' && found.routine > 0) note(routineNote(found.routine))
    if (output === 'table' && found.quiet > 0)
      note(`${found.quiet} writes of status and leases by components left out (-o wide); they are what they claim`)
    const unsure = made.entries.filter(({ orderSure }) => orderSure === false).length
    if (isText && unsure > 0) note(`of ${unsure} rows it is not sure that they were before those below (-o wide: SURE)`)
    if (output !== 'json' && output !== 'yaml') sayLeft(made)
    process.exitCode = exitOf(found.isAny, made.complete)
  }

  async #page(report: TimelineReport): Promise<void> {
    const { timelinePage } = await import('../../src/terminal/timeline-page.ts')
    for (const piece of timelinePage(report)) await writeOut(piece)
  }
}

function textOf(report: TimelineReport, questions: { question: string; routine?: string }[], wide: boolean): string {
  const look = lookOf(process.stdout)
  const shown = wide ? report.entries : report.entries.filter(({ routine }) => routine === undefined)
  const answers = { ...report, findings: questions }
  const coverage = wide ? coverageTable(answers, look.width) : coverageText(answers, look)
  return `${shown.length > 0 ? `${timelineTable(shown, { wide, width: look.width })}\n` : ''}${coverage}`
}

function sayLeft({ others, own }: TimelineReport): void {
  if (others > 0) note(`left out: ${count(others, 'request')} that no question is about (--all has all)`)
  if (own > 0) note(`left out: ${count(own, 'request')} of our own, which collected the evidence (--all has all)`)
}

function tooMany(): SecureError {
  return new SecureError('usage', `more than ${mostSorted} rows: too many to sort`, {
    hint: 'Narrow it by --since, --until or --subject, leave out --all, or take -o jsonl or csv, which are not sorted.',
  })
}

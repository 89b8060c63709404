import * as Flags from '@oclif/core/flags'
import { timeline } from '../src/audit-log/timeline.ts'
import type { TimelineRow } from '../src/audit-log/timeline-rows.ts'
import { askTimeline } from '../src/cli/ask-audit.ts'
import { auditFlags } from '../src/cli/audit-flags.ts'
import { exitOf, SecureCommand } from '../src/cli/command.ts'
import { outputFlag } from '../src/cli/flags.ts'
import { writeOut } from '../src/cli/write-out.ts'
import { SecureError } from '../src/errors.ts'
import { count } from '../src/terminal/change-text.ts'
import { coverageTable, coverageText, readNotes, routineNote } from '../src/terminal/coverage-text.ts'
import { lookOf } from '../src/terminal/look.ts'
import { note } from '../src/terminal/messages.ts'
import { timelineTable, timesketchLine } from '../src/terminal/timeline-text.ts'

// What is sorted is in memory, at about a kilobyte each.
const mostSorted = 200_000

export default class Timeline extends SecureCommand {
  static override summary = 'What happened when, and who did it, from audit logs'
  static override description =
    `The requests of audit logs that answer a question of \`audit ask\`, in the order of time; --all: every request. Below stands what \
of all this the log does not show. Requests that made the evidence in --snapshot are marked as ours.

-o jsonl is for Timesketch: a line each (message, datetime, timestamp_desc), in the order of the log and without limit.

Exit code: 0 something happened (beyond the control plane's own routine), 1 nothing did, where the log would have shown it, 2 usage, \
3 the answer is incomplete; without --audit-policy it always is.`

  static override usage = '<%= command.id %> [FLAGS]'

  static override examples = [
    {
      description: 'The last night',
      command: '<%= config.bin %> <%= command.id %> --audit-log /var/log/kubernetes --since 12h',
    },
    {
      description: 'All that one account did, even if no question is about it',
      command: '<%= config.bin %> <%= command.id %> --snapshot case.tar.gz --subject sa:payments/api --all',
    },
    {
      description: 'Into Timesketch',
      command: '<%= config.bin %> <%= command.id %> --audit-log audit.log --all -o jsonl > case.jsonl',
    },
  ]

  static override flags = {
    ...auditFlags,
    all: Flags.boolean({ description: 'every request, not only those that answer a question' }),
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'jsonl']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Timeline)
    const { output } = flags
    const { rows, report } = await askTimeline(flags, flags.all)
    const kept: TimelineRow[] = []
    const found = { questions: [] as { question: string; routine?: string }[], isAny: false, routine: 0 }
    for await (const row of rows) {
      const routine = row.routine === undefined ? {} : { routine: row.routine }
      if (output === 'jsonl') await writeOut(timesketchLine(row))
      else if (kept.push(row) > mostSorted) throw tooMany()
      if (row.routine !== undefined) found.routine += 1
      else found.isAny = true
      if (output === 'table' || output === 'wide')
        for (const question of row.questions) found.questions.push({ question, ...routine })
    }
    const made = report()
    if (output !== 'jsonl') {
      const entries = timeline(kept)
      const wide = output === 'wide'
      const shown = wide ? entries : entries.filter(({ routine }) => routine === undefined)
      await this.printReport({ ...made, entries }, output, () => {
        const look = lookOf(process.stdout)
        const answers = { ...made, findings: found.questions }
        const coverage = wide ? coverageTable(answers, look.width) : coverageText(answers, look)
        return `${shown.length > 0 ? `${timelineTable(shown, { wide, width: look.width })}\n` : ''}${coverage}`
      })
    }
    this.sayLimits({ gaps: made.gaps, notes: [...readNotes(made), ...made.notes] }, output)
    if (output === 'table' && found.routine > 0) note(routineNote(found.routine))
    if (made.others > 0 && output !== 'json' && output !== 'yaml')
      note(`left out: ${count(made.others, 'request')} that no question is about (--all has all)`)
    process.exitCode = exitOf(found.isAny, made.complete)
  }
}

function tooMany(): SecureError {
  return new SecureError('usage', `more than ${mostSorted} requests: too many to sort`, {
    hint: 'Narrow it by --since, --until or --subject, leave out --all, or take -o jsonl, which is not sorted.',
  })
}

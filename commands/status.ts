import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Engine } from '../src/change/engine.ts'
import type { StatusReport } from '../src/change/reports.ts'
import { status } from '../src/change/status.ts'
import { SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { locating } from '../src/cli/command-words.ts'
import { stateNamespaceFlag } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { repeat } from '../src/cli/repeat.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import { EXIT, SecureError } from '../src/errors.ts'
import { lookOf } from '../src/terminal/look.ts'
import { note } from '../src/terminal/messages.ts'
import { statusTable, statusText } from '../src/terminal/status-table.ts'

export default class Status extends SecureCommand {
  static override summary = 'What is in force on the cluster: who changed what, why, and what has drifted'
  static override description =
    `Lists the runs that this machine's journals and the records in the cluster know, and looks at every object they changed. \
DRIFT counts where the cluster is not any more as the run left it; runs that are undone are listed by -o wide. With ID (a plan, the beginning of one, or an incident) that run is \
shown in full. Nothing is written.

Exit code: 0 all as it was left, 1 something drifted or is unfinished, 2 usage, 3 something could not be read, 4 the cluster \
refused or failed.`

  static override usage = '<%= command.id %> [ID] [FLAGS]'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Tell me as soon as somebody undoes it',
      command: '<%= config.bin %> <%= command.id %> INC-42 --watch',
    },
  ]

  static override args = {
    id: Args.string({ description: 'a plan, its beginning, or an incident' }),
  }

  static override flags = {
    watch: Flags.boolean({
      char: 'w',
      description: 'look again every five seconds, and print what changed; Ctrl-C ends it',
    }),
    ...stateNamespaceFlag(),
    ...connectionFlags,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      let last = ''
      await repeat(flags.watch ? 5000 : undefined, async () => {
        const report = await statusOf(engine, args.id)
        // Ages and the like change by themselves: they are no news.
        const news = JSON.stringify(report)
        if (news === last) return
        last = news
        await this.printReport(report, flags.output, () =>
          ownText(report, args.id, { wide: flags.output === 'wide', where: locating(flags) }),
        )
        this.sayLimits({ gaps: report.gaps, notes: [] }, flags.output)
        this.sayRest(report, args.id === undefined && flags.output === 'table')
        process.exitCode = exitOf(report)
      })
    })
  }

  private sayRest({ runs }: StatusReport, isList: boolean): void {
    const over = runs.filter(isOver).length
    if (!isList) return
    if (runs.length === over) note('nothing of this tool is in force on this cluster, as far as is known')
    if (over > 0) note(`${over} ${over === 1 ? 'run is' : 'runs are'} undone (-o wide lists them)`)
  }
}

function isOver({ state, drift }: StatusReport['runs'][number]): boolean {
  return state === 'undone' && drift.length === 0
}

async function statusOf(engine: Engine, id: string | undefined): Promise<StatusReport> {
  if (id === undefined) return await status(engine)
  const report = await status(engine, ({ plan }) => plan.id.startsWith(id) || plan.incident === id)
  if (report.runs.length > 0 || report.gaps.length > 0) return report
  throw new SecureError('usage', `there is no run "${id}" on this cluster`, {
    hint: 'kubectl secure status lists them',
  })
}

function ownText(
  report: StatusReport,
  id: string | undefined,
  { wide, where }: { wide: boolean; where: string },
): string {
  const now = new Date()
  const [only] = report.runs.length === 1 ? report.runs : []
  if (id !== undefined && only && !wide) return statusText(only, now, lookOf(process.stdout), where)
  const shown = id === undefined && !wide ? report.runs.filter((run) => !isOver(run)) : report.runs
  return statusTable({ ...report, runs: shown }, { wide, width: terminalWidth(), now })
}

function exitOf({ runs, gaps }: StatusReport): number {
  if (gaps.length > 0) return EXIT.incomplete
  return runs.every(({ drift, state }) => drift.length === 0 && state !== 'unfinished') ? EXIT.yes : EXIT.no
}

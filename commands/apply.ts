import { applyPlan } from '../src/change/runs.ts'
import { exitOfRun, mayCarryOut, rehearse, showPlan } from '../src/cli/carry-out.ts'
import { SecureCommand } from '../src/cli/command.ts'
import { locating } from '../src/cli/command-words.ts'
import { filenameFlag, takeOverFlag, writeFlags } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { readPlanFile } from '../src/cli/plan-file.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import { EXIT } from '../src/errors.ts'
import { gatesOf } from '../src/lockdown/gates.ts'
import { lookOf } from '../src/terminal/look.ts'
import { runText } from '../src/terminal/run-text.ts'

export default class Apply extends SecureCommand {
  static override summary = 'Carry out a plan that was saved'
  static override description =
    `Shows the plan and its diff by the API server's own dry run, asks, and makes the changes in order. A plan that is out of \
date, or is of another cluster, is refused. What is written: the changes of the plan; a record of it (a Secret and a Lease) in \
the namespace kubectl-secure; a journal in $XDG_STATE_HOME/kubectl-secure. "undo" takes all of it back.

Without a terminal nothing is changed unless --yes is given.

Exit code: 0 applied (--dry-run: it could be), 1 stopped by a check of the plan, answered no (--dry-run: it could not be), \
2 usage or nobody to ask, 3 unfinished: "resume" settles it, 4 refused or failed.`

  static override usage = '<%= command.id %> -f PLAN [FLAGS]'

  static override examples = [
    {
      description: 'Make a plan now, apply it when everybody has agreed',
      command: `<%= config.bin %> isolate pod/api-0 -n payments --dry-run=server --save plan.json
<%= config.bin %> <%= command.id %> -f plan.json`,
    },
    {
      description: 'Would it still work?',
      command: '<%= config.bin %> <%= command.id %> -f plan.json --dry-run=server',
    },
  ]

  static override flags = {
    ...filenameFlag,
    ...writeFlags,
    ...takeOverFlag,
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Apply)
    const plan = await readPlanFile(flags.filename)
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      const rehearsed = await rehearse(engine, plan)
      if (flags['dry-run'] === 'server') {
        if (flags.output === 'table') await showPlan(engine, plan, rehearsed, { stream: process.stdout, diff: 'all' })
        else await this.printReport(rehearsed.report, flags.output, () => '')
        process.exitCode = rehearsed.report.ready ? EXIT.yes : EXIT.no
        return
      }
      await showPlan(engine, plan, rehearsed, { stream: process.stderr, diff: flags.yes ? 'none' : 'lasting' })
      if (!(await mayCarryOut(engine, plan, rehearsed, flags.yes))) return this.declined()
      const report = await applyPlan(engine, plan, {
        takeOver: flags['take-over'],
        gates: gatesOf(engine, plan),
      })
      await this.printReport(report, flags.output, () => runText(report, lookOf(process.stdout), locating(flags)))
      process.exitCode = exitOfRun(report)
    })
  }
}

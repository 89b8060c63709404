import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { findRun } from '../src/change/find-run.ts'
import { resumeRun } from '../src/change/runs.ts'
import { exitOfRun, mayCarryOut, rehearse, showPlan } from '../src/cli/carry-out.ts'
import { SecureCommand } from '../src/cli/command.ts'
import { locating } from '../src/cli/command-words.ts'
import { releaseImageFlag, restoreOwnershipFlag, takeOverFlag, writeFlags } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { mayUndo, showUndo } from '../src/cli/take-back.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import { EXIT } from '../src/errors.ts'
import { releaseFirst } from '../src/isolation/release.ts'
import { gatesOf } from '../src/lockdown/gates.ts'
import { lookOf } from '../src/terminal/look.ts'
import { runText } from '../src/terminal/run-text.ts'

export default class Resume extends SecureCommand {
  static override summary = 'Settle a run that was cut off: finish it, or take it back'
  static override description =
    `A run that ended in between (killed, no disk, no network) is "unfinished" in "status". What was sent without an answer is \
settled by looking at the object; then the run goes on to its end, or back to its beginning. It needs the journal of this \
machine; on another one, "undo" works from the record in the cluster. An undo that was cut off is finished by undoing.

Exit code: 0 finished or undone, 1 stopped, partly undone or answered no, 2 usage or nobody to ask, 3 still unfinished, \
4 refused or failed.`

  static override usage = '<%= command.id %> ID --finish | --undo [FLAGS]'

  static override examples = [
    '<%= config.bin %> <%= command.id %> bk4f --finish',
    '<%= config.bin %> <%= command.id %> INC-42 --undo',
  ]

  static override args = {
    id: Args.string({ description: 'the plan, its beginning, or an incident', required: true }),
  }

  static override flags = {
    finish: Flags.boolean({ description: 'make the changes that are not made yet', exactlyOne: ['finish', 'undo'] }),
    undo: Flags.boolean({ description: 'take back those that are made' }),
    ...restoreOwnershipFlag,
    ...releaseImageFlag,
    ...writeFlags,
    ...takeOverFlag,
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume)
    const undoing = { restoreOwnership: flags['restore-ownership'], takeOver: flags['take-over'] }
    const isDry = flags['dry-run'] === 'server'
    const stream = isDry ? process.stdout : process.stderr
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      const run = await findRun(engine, args.id)
      const options = {
        ...undoing,
        image: flags['probe-image'],
        first: releaseFirst(engine, run, flags['probe-image']),
        gates: gatesOf(engine, run.plan),
      }
      if (flags.undo) {
        await showUndo(engine, run, options, stream)
        if (isDry) return
        if (!(await mayUndo(engine, run, flags.yes))) return this.declined()
      } else {
        const rehearsed = await rehearse(engine, run.plan)
        await showPlan(engine, run.plan, rehearsed, { stream, diff: isDry ? 'all' : flags.yes ? 'none' : 'lasting' })
        if (isDry) return void (process.exitCode = rehearsed.report.ready ? EXIT.yes : EXIT.no)
        if (!(await mayCarryOut(engine, run.plan, rehearsed, flags.yes))) return this.declined()
      }
      const report = await resumeRun(engine, run, flags.undo ? 'undo' : 'finish', options)
      await this.printReport(report, flags.output, () => runText(report, lookOf(process.stdout), locating(flags)))
      process.exitCode = exitOfRun(report)
    })
  }
}

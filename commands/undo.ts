import * as Args from '@oclif/core/args'
import { findRun } from '../src/change/find-run.ts'
import { undoRun } from '../src/change/runs.ts'
import { exitOfRun } from '../src/cli/carry-out.ts'
import { SecureCommand } from '../src/cli/command.ts'
import { locating } from '../src/cli/command-words.ts'
import { releaseImageFlag, restoreOwnershipFlag, takeOverFlag, writeFlags } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { mayUndo, showUndo } from '../src/cli/take-back.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import { releaseFirst } from '../src/isolation/release.ts'
import { lookOf } from '../src/terminal/look.ts'
import { runText } from '../src/terminal/run-text.ts'

export default class Undo extends SecureCommand {
  static override summary = 'Take back what a run changed, as far as it is still ours'
  static override description =
    `Deletes what the run created and gives back each field that is still as the run left it; what others changed since is \
left alone and named. Twice is once. ID is that of the plan, the beginning of it, or the incident where it has one run \
("status" lists them).

A run of another responder is taken back by its record in the cluster. Such a record is not trusted: it restores few fields \
only, you confirm by typing, and rights that it would give back are typed one by one, --yes or not.

Labels by which a controller owned a pod are not given back, as the controller may then delete a pod, the evidence perhaps: \
--restore-ownership gives them back.

What another plan rests on is held until that one is undone, whose undo says who waits.

Exit code: 0 undone, 1 partly undone, another run waits for it, or answered no, 2 usage or nobody to ask, 3 unfinished, 4 refused or failed.`

  static override usage = '<%= command.id %> ID [FLAGS]'

  static override examples = [
    { description: 'What would it do?', command: '<%= config.bin %> <%= command.id %> bk4f --dry-run=server' },
    { description: 'Let the workload back on the network', command: '<%= config.bin %> <%= command.id %> INC-42' },
  ]

  static override args = {
    id: Args.string({ description: 'the plan, its beginning, or an incident', required: true }),
  }

  static override flags = {
    ...restoreOwnershipFlag,
    ...releaseImageFlag,
    ...writeFlags,
    ...takeOverFlag,
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo)
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      const run = await findRun(engine, args.id)
      const image = flags['probe-image']
      const options = {
        image,
        restoreOwnership: flags['restore-ownership'],
        takeOver: flags['take-over'],
        first: releaseFirst(engine, run, image),
      }
      if (flags['dry-run'] === 'server') return await showUndo(engine, run, options, process.stdout)
      await showUndo(engine, run, options, process.stderr)
      if (!(await mayUndo(engine, run, flags.yes))) return this.declined()
      const report = await undoRun(engine, run, options)
      await this.printReport(report, flags.output, () => runText(report, lookOf(process.stdout), locating(flags)))
      process.exitCode = exitOfRun(report)
    })
  }
}

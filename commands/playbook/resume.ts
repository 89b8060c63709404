import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { locating } from '../../src/cli/command-words.ts'
import { stateNamespaceFlag, takeOverFlag } from '../../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../../src/cli/flags.ts'
import { runFlags } from '../../src/cli/playbook-flags.ts'
import { exitOfPlaybook } from '../../src/playbook/run-report.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { runSummaryText } from '../../src/terminal/playbook-run-text.ts'

export default class PlaybookResume extends SecureCommand {
  static override summary = 'Go on with a run of a playbook, where it was cut off or stopped'
  static override description =
    `What is in the journal as done is not done again; a change that was cut off is settled by looking at the cluster; a step that failed is tried again. \
A playbook that is another one by now is refused with the difference: name the copy in the folder of the run to go on with that. So is a run \
whose pod, or whatever it is about, is not the same object any more.

Exit code: as of "playbook run".`

  static override usage = '<%= command.id %> ID [FILE] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> bk4f',
    {
      description: 'Bob has gone home',
      command: '<%= config.bin %> <%= command.id %> INC-42 --take-over',
    },
  ]

  static override args = {
    run: Args.string({ name: 'ID', description: 'the run, its beginning, or its incident', required: true }),
    file: Args.string({ description: 'the playbook that it was begun with, where that is another one by now' }),
  }

  static override flags = {
    ...runFlags,
    ...takeOverFlag,
    ...stateNamespaceFlag(),
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookResume)
    const { resumeRun } = await import('../../src/cli/resume-playbook.ts')
    const report = await resumeRun(args.run, args.file, flags, connectionOptions(flags))
    await this.printReport(report, flags.output, () => runSummaryText(report, lookOf(process.stdout), locating(flags)))
    process.exitCode = exitOfPlaybook(report)
  }
}

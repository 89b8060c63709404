import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { locating } from '../../src/cli/command-words.ts'
import { releaseImageFlag, restoreOwnershipFlag, takeOverFlag, writeFlags } from '../../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../../src/cli/flags.ts'
import { withEngine } from '../../src/cli/with-engine.ts'
import { EXIT } from '../../src/errors.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { note } from '../../src/terminal/messages.ts'
import { runText } from '../../src/terminal/run-text.ts'

export default class PlaybookUndo extends SecureCommand {
  static override summary = 'Take back what a run of a playbook changed, the last change first'
  static override description =
    `Each change of the run is taken back as "undo" does it: what others changed since is left alone and named, and what cannot come back is said. Twice is once. \
"undo ID" takes a single change back.

Exit code: 0 undone, 1 partly undone or answered no, 2 usage or nobody to ask, 4 refused or failed.`

  static override usage = '<%= command.id %> ID [FLAGS]'
  static override examples = [
    { description: 'What would it do?', command: '<%= config.bin %> <%= command.id %> bk4f --dry-run=server' },
    '<%= config.bin %> <%= command.id %> INC-42',
  ]

  static override args = {
    run: Args.string({ name: 'ID', description: 'the run, its beginning, or its incident', required: true }),
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
    const { args, flags } = await this.parse(PlaybookUndo)
    const { showPlaybookUndo, undoPlaybookRun } = await import('../../src/cli/undo-playbook.ts')
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      const options = {
        restoreOwnership: flags['restore-ownership'],
        takeOver: flags['take-over'],
        image: flags['probe-image'],
      }
      if (flags['dry-run'] === 'server') {
        const { plans } = await showPlaybookUndo(engine, args.run, options, process.stdout)
        if (plans === 0) note('this run has changed nothing')
        return
      }
      const undone = await undoPlaybookRun(engine, args.run, {
        ...options,
        yes: flags.yes,
      })
      if (!undone) return this.declined()
      const { runId, state, steps } = undone
      const report = { apiVersion, kind: 'PlaybookUndoReport', run: runId, state, steps }
      const look = lookOf(process.stdout)
      await this.printReport(report, flags.output, () =>
        [
          `${state === 'undone' ? 'UNDONE' : 'PARTLY UNDONE'}  run ${runId}\n`,
          ...steps.flatMap(({ step, report: one }) => [`\n${step}\n`, runText(one, look, locating(flags))]),
        ].join(''),
      )
      process.exitCode = state === 'undone' ? EXIT.yes : EXIT.no
    })
  }
}

import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { locating } from '../../src/cli/command-words.ts'
import { planFlags, stateNamespaceFlag, writeFlags } from '../../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../../src/cli/flags.ts'
import { runFlags } from '../../src/cli/playbook-flags.ts'
import { EXIT, SecureError } from '../../src/errors.ts'
import { exitOfPlaybook } from '../../src/playbook/run-report.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { note } from '../../src/terminal/messages.ts'
import { runSummaryText } from '../../src/terminal/playbook-run-text.ts'

type Rehearsing = Parameters<typeof connectionOptions>[0] &
  Parameters<typeof import('../../src/cli/rehearse-playbook.ts').rehearsePlaybook>[1] & { 'dry-run': string }

export default class PlaybookRun extends SecureCommand {
  static override summary = 'Go through an incident step by step: evidence, cut, proof, remedy, with you deciding'
  static override description =
    `Asks for what it is about, looks whether all rights are there, and goes through the steps of a playbook. Every change is shown with its diff, by \
the API server's dry run, and asked for; of what cannot be taken back the name is typed. What destroys needs evidence first. Each step is in a \
journal before it is made: whatever ends the run, "playbook resume" goes on where it was, and "playbook undo" takes the changes back.

--answers FILE answers for you; what is missing in it is said in one list before anything is begun. A "yes" from a pipe answers nothing. \
--dry-run=server rehearses the whole path and writes nothing, also on evidence (--snapshot).

A playbook that is neither shipped nor signed by a key in ~/.config/kubectl-secure/trusted-keys may ask and take evidence, and change nothing.

Exit code: 0 finished, 1 stopped, declined, or a step failed or was done in part, 2 usage or an answer is missing, 3 finished, and something could not be seen, \
4 refused or failed.`

  static override usage = '<%= command.id %> NAME|FILE [FLAGS]'

  static override examples = [
    { description: 'At 3 a.m.', command: '<%= config.bin %> <%= command.id %> compromised-pod --incident INC-42' },
    {
      description: 'What would it do?',
      command: '<%= config.bin %> <%= command.id %> compromised-pod --dry-run=server',
    },
    {
      description: 'By an alert, with nobody there',
      command: '<%= config.bin %> <%= command.id %> compromised-pod --answers answers.yaml -o json',
    },
  ]

  static override args = {
    playbook: Args.string({ description: 'the name of a playbook, or its file: ./NAME.yaml', required: true }),
  }

  static override flags = {
    ...runFlags,
    incident: planFlags.incident,
    reason: planFlags.reason,
    'dry-run': writeFlags['dry-run'],
    ...snapshotFlag,
    ...stateNamespaceFlag(),
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookRun)
    if (flags['dry-run'] === 'server' || flags.snapshot !== undefined) return await this.#rehearse(args.playbook, flags)
    const { runPlaybook } = await import('../../src/cli/ask-playbook.ts')
    const report = await runPlaybook(args.playbook, flags, connectionOptions(flags))
    await this.printReport(report, flags.output, () => runSummaryText(report, lookOf(process.stdout), locating(flags)))
    process.exitCode = exitOfPlaybook(report)
  }

  async #rehearse(playbook: string, flags: Rehearsing): Promise<void> {
    // A snapshot takes no changes: whoever names one by mistake for a run must not think that anything was done.
    if (flags['dry-run'] !== 'server')
      throw new SecureError('usage', 'nothing can be changed in a snapshot: add --dry-run=server to rehearse on it')
    const { rehearsePlaybook } = await import('../../src/cli/rehearse-playbook.ts')
    const report = await rehearsePlaybook(playbook, flags, connectionOptions(flags))
    await this.printReport(report, flags.output, () => '')
    this.sayLimits({ gaps: report.gaps, notes: [] }, flags.output)
    note(
      report.ready
        ? 'nothing was written; no step would fail as things are'
        : 'nothing was written; see what would fail',
    )
    process.exitCode = !report.ready ? EXIT.no : report.complete ? EXIT.yes : EXIT.incomplete
  }
}

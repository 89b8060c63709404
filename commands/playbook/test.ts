import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { EXIT } from '../../src/errors.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { note } from '../../src/terminal/messages.ts'

export default class PlaybookTest extends SecureCommand {
  static override summary =
    'Try playbooks on clusters that are files: which way they go, what they call, change and undo'
  static override description =
    `The tests of NAME.yaml are in NAME.test.yaml beside it: cases with a cluster as manifests, answers, and what is expected. A playbook goes \
through them by the code that runs it; its changes are planned, and made in the manifests alone. No cluster is asked, nobody is told anything, \
and nothing is waited for.

Says which steps, decisions, guards and failures no case takes.

Exit code: 0 all cases pass, 1 one does not (with --coverage: or a way is not taken), 2 usage or tests that are not right.`

  static override usage = '<%= command.id %> [NAME|FILE]… [FLAGS]'
  static override examples = [
    { description: 'All that have tests', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Your own, in CI', command: '<%= config.bin %> <%= command.id %> ./stolen-laptop.yaml --coverage' },
  ]

  static override strict = false
  static override args = {
    playbooks: Args.string({ name: 'NAME|FILE', description: 'a playbook; without one, all that have tests' }),
  }

  static override flags = {
    coverage: Flags.boolean({ description: 'also fail where a way through a playbook is in no case' }),
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(PlaybookTest)
    const [{ testPlaybooks }, { playbookTestsText }] = await Promise.all([
      import('../../src/cli/test-playbooks.ts'),
      import('../../src/terminal/playbook-test-text.ts'),
    ])
    const report = await testPlaybooks(argv.map(String))
    await this.printReport(report, flags.output, () => playbookTestsText(report, lookOf(process.stdout)))
    if (report.untested.length > 0) note(`without tests: ${report.untested.join(', ')}`)
    const isWrong = report.playbooks.some(
      ({ cases, coverage }) => cases.some(({ ok }) => !ok) || (flags.coverage && coverage.missing.length > 0),
    )
    process.exitCode = isWrong ? EXIT.no : EXIT.yes
  }
}

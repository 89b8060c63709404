import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { SecureCommand } from '../../src/cli/command.ts'
import { writeOut } from '../../src/cli/write-out.ts'
import { warn } from '../../src/terminal/messages.ts'

export default class PlaybookReport extends SecureCommand {
  static override summary =
    'Incident report and post-mortem of a run: what was done by whom, what is proved, what is still open'
  static override description =
    `Made of the records on this machine: the journal of the run, those of its plans, the evidence it took, and audit logs. No cluster is asked, and nothing is \
said that they do not say; what only people know are blanks to fill in. What looks like a credential is masked.

The timeline has a lane for who responded, one for whom the run was about, and one for others. Their acts are in audit logs: without --audit-log those \
that the run itself asked are read.

-o html is one page that runs nothing and asks nobody; it prints.

Exit code: 0, 2 usage, 3 the report is made and lacks something: records are damaged, no log was read, or what was read of it has gaps; 4 failed.`

  static override usage = '<%= command.id %> ID [FLAGS] > FILE'
  static override examples = [
    { description: 'For the wiki', command: '<%= config.bin %> <%= command.id %> INC-42 > INC-42.md' },
    {
      description: 'To look at, with what the intruder did',
      command: '<%= config.bin %> <%= command.id %> bk4f --audit-log /var/log/kubernetes -o html > INC-42.html',
    },
  ]

  static override args = {
    run: Args.string({ name: 'ID', description: 'the run, its beginning, or its incident', required: true }),
  }

  static override flags = {
    'audit-log': Flags.string({
      description:
        'an audit log: a file, a directory of rotated ones, or - for standard input; may be given several times',
      helpValue: 'FILE|DIR|-',
      multiple: true,
      multipleNonGreedy: true,
    }),
    output: Flags.string({
      char: 'o',
      description: 'output format',
      options: ['markdown', 'html', 'json', 'yaml'],
      default: 'markdown',
      helpValue: 'markdown|html|json|yaml',
    }),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookReport)
    const { output } = flags
    const { exitOfReport, reportOfPlaybook } = await import('../../src/cli/ask-playbook-report.ts')
    const report = await reportOfPlaybook(args.run, flags['audit-log'] ?? [])
    for (const text of report.damage) warn(text)
    if (output === 'html') {
      const { reportHtml } = await import('../../src/terminal/playbook-report-html.ts')
      for (const piece of await reportHtml(report)) await writeOut(piece)
    } else if (output === 'markdown') {
      const { reportMarkdown } = await import('../../src/terminal/playbook-report-markdown.ts')
      await writeOut(await reportMarkdown(report))
    } else await this.printReport(report, output, () => '')
    process.exitCode = exitOfReport(report)
  }
}

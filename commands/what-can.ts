import * as Args from '@oclif/core/args'
import { SecureCommand, exitOf, terminalWidth } from '../src/cli/command.ts'
import { connectionFlags, connectionOptions, groupsFlag, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { withSession } from '../src/cli/session.ts'
import { accountNamed, parseSubject, resolveSubject } from '../src/rbac/subject-text.ts'
import { whatCan } from '../src/rbac/what-can.ts'
import { note } from '../src/terminal/messages.ts'
import { whatCanTable } from '../src/terminal/rbac-tables.ts'

export default class WhatCan extends SecureCommand {
  static override summary = 'What a subject can do: its full table of rights, by scope'
  static override description =
    `Every right RBAC gives a service account, user, group or pod, in the words of the rules, with the grants behind it.
The groups the API server adds by itself count too; those an identity provider adds are named by --groups.

Exit code: 0 some rights, 1 none, 3 the answer is incomplete.`

  static override usage = '<%= command.id %> SUBJECT [FLAGS]'

  static override examples = [
    { description: 'What can this pod do?', command: '<%= config.bin %> <%= command.id %> pod:shop/web-5d8f7' },
    {
      description: 'What can a user who is in two groups do?',
      command: '<%= config.bin %> <%= command.id %> user:jane --groups dev,oncall',
    },
  ]

  static override args = {
    subject: Args.string({
      description: 'sa:NAMESPACE/NAME, user:NAME, group:NAME or pod:NAMESPACE/NAME',
      required: true,
    }),
  }

  static override flags = {
    ...connectionFlags,
    ...groupsFlag,
    ...snapshotFlag,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(WhatCan)
    const { output } = flags
    const typed = parseSubject(args.subject)
    const report = await withSession(flags, connectionOptions(flags), async (session) => {
      const { snapshot, index } = await session.snapshot(() => ({
        roleBindingsOf: '*',
        pods: typed.kind === 'Pod',
        named: accountNamed(typed),
      }))
      const answer = whatCan(snapshot, index, resolveSubject(typed, snapshot), flags.groups ?? [])
      return { ...answer, notes: [...answer.notes, ...snapshot.notes] }
    })
    const wide = output === 'wide'
    await this.printReport(report, output, () => whatCanTable(report, { wide, width: terminalWidth() }))
    this.sayLimits(report, output)
    if (report.rights.length === 0 && (output === 'table' || wide))
      note(`no binding${report.complete ? '' : ' that could be read'} gives this subject any right`)
    process.exitCode = exitOf(report.rights.length > 0, report.complete)
  }
}

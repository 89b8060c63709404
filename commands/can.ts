import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { askCan } from '../src/cli/ask-can.ts'
import { SecureCommand } from '../src/cli/command.ts'
import {
  allNamespacesFlag,
  connectionFlags,
  connectionOptions,
  groupsFlag,
  outputFlag,
  snapshotFlag,
  targetFlags,
} from '../src/cli/flags.ts'
import { withSession } from '../src/cli/session.ts'
import { EXIT } from '../src/errors.ts'
import { parseSubject } from '../src/rbac/subject-text.ts'
import { canText } from '../src/terminal/rbac-tables.ts'
import { escapeLines } from '../src/text/terminal.ts'

const exits = { yes: EXIT.yes, no: EXIT.no, unknown: EXIT.incomplete }

export default class Can extends SecureCommand {
  static override summary = 'Can this subject do that? One line: yes, no or unknown, and why'
  static override description =
    `The answer a real request would get. A user is in the groups the API server adds and those of --groups; a group
is asked alone. Exit code: 0 yes, 1 no, 3 unknown.`

  static override usage = [
    '<%= command.id %> SUBJECT VERB RESOURCE[.GROUP][/NAME] [FLAGS]',
    '<%= command.id %> SUBJECT VERB /URL [FLAGS]',
  ]

  static override examples = [
    '<%= config.bin %> <%= command.id %> sa:shop/web get secrets -n shop',
    '<%= config.bin %> <%= command.id %> user:jane --groups dev delete pods/web-0 -n shop',
    '<%= config.bin %> <%= command.id %> group:system:unauthenticated get /metrics',
  ]

  static override args = {
    subject: Args.string({
      description: 'sa:NAMESPACE/NAME, user:NAME, group:NAME or pod:NAMESPACE/NAME',
      required: true,
    }),
    verb: Args.string({ description: 'get, list, create, … or *', required: true }),
    target: Args.string({ description: 'RESOURCE[.GROUP][/NAME], or a URL path such as /healthz', required: true }),
  }

  static override flags = {
    ...connectionFlags,
    ...allNamespacesFlag,
    ...targetFlags,
    ...groupsFlag,
    ...snapshotFlag,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
    verify: Flags.boolean({
      description: 'ask the API server too (SubjectAccessReview), and say where it differs',
      exclusive: ['snapshot'],
    }),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Can)
    const { output, verify } = flags
    const subject = parseSubject(args.subject)
    const report = await withSession(flags, connectionOptions(flags), async (session) => {
      const allNamespaces = flags['all-namespaces'] ?? false
      const typed = { ...args, ...flags, allNamespaces, namespace: session.namespace }
      return await askCan(session, typed, { subject, groups: flags.groups ?? [], verify })
    })
    await this.printReport(report, output, () => escapeLines(canText(report, { wide: output === 'wide' })))
    this.sayLimits(report, output)
    process.exitCode = exits[report.verdict]
  }
}

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { askWhoCan } from '../src/cli/ask-who-can.ts'
import { exitOf, SecureCommand, terminalWidth } from '../src/cli/command.ts'
import {
  allNamespacesFlag,
  connectionFlags,
  connectionOptions,
  outputFlag,
  snapshotFlag,
  targetFlags,
} from '../src/cli/flags.ts'
import { withSession } from '../src/cli/session.ts'
import { formatSubject } from '../src/rbac/subject-text.ts'
import { note } from '../src/terminal/messages.ts'
import { escapeCell } from '../src/text/terminal.ts'
import { queryText, whoCanTable } from '../src/terminal/rbac-tables.ts'

export default class WhoCan extends SecureCommand {
  static override summary = 'Who can do this: every subject, with the grants behind it'
  static override description =
    `Answers as the API server's authorizer does, from one read of the RBAC objects, and says what it could not read.

A row is a subject and the scope it can act in: a namespace, or * for the whole cluster. NAMES lists the objects a
right is narrowed to. Exit code: 0 somebody can, 1 nobody (but the implicit rows), 3 the answer is incomplete.`

  static override usage = [
    '<%= command.id %> VERB RESOURCE[.GROUP][/NAME] [FLAGS]',
    '<%= command.id %> VERB /URL [FLAGS]',
  ]

  static override examples = [
    { description: 'Who can read secrets, anywhere?', command: '<%= config.bin %> <%= command.id %> get secrets -A' },
    {
      description: 'Who can open a shell in a pod of this namespace?',
      command: '<%= config.bin %> <%= command.id %> create pods/exec -n shop',
    },
    {
      description: 'Who can bind cluster-admin, by which chain?',
      command: '<%= config.bin %> <%= command.id %> bind clusterroles/cluster-admin -o wide',
    },
    {
      description: 'Who could, by these manifests?',
      command: '<%= config.bin %> <%= command.id %> create pods -A --snapshot ./manifests',
    },
    {
      description: 'Who could, when the evidence was taken?',
      command: '<%= config.bin %> <%= command.id %> get secrets -A --snapshot case.tar.gz',
    },
  ]

  static override args = {
    verb: Args.string({
      description: 'get, list, watch, create, update, patch, delete, deletecollection, use, bind, … or *',
      required: true,
    }),
    target: Args.string({ description: 'RESOURCE[.GROUP][/NAME], or a URL path such as /healthz', required: true }),
  }

  static override flags = {
    ...connectionFlags,
    ...allNamespacesFlag,
    ...targetFlags,
    ...snapshotFlag,
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'name']),
    expand: Flags.boolean({
      description: 'show the service accounts a group stands for, and the pods that run as them',
    }),
    verify: Flags.boolean({
      description: 'ask the API server about each row (SubjectAccessReview) and show any difference',
      exclusive: ['snapshot'],
    }),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(WhoCan)
    const { output, expand, verify } = flags
    const report = await withSession(flags, connectionOptions(flags), async (session) => {
      const allNamespaces = flags['all-namespaces'] ?? false
      return await askWhoCan(
        session,
        { ...args, ...flags, allNamespaces, namespace: session.namespace },
        { expand, verify },
      )
    })
    const wide = output === 'wide'
    await this.printReport(report, output, () => {
      if (output === 'name')
        return [...new Set(report.subjects.map(formatSubject))].map((line) => `${escapeCell(line)}\n`).join('')
      return whoCanTable(report, { wide, width: terminalWidth() })
    })
    this.sayLimits(report, output)
    if (output === 'table' || wide) this.sayRest(report, flags['all-namespaces'] ?? false)
    process.exitCode = exitOf(report.subjects.length > 0, report.complete)
  }

  private sayRest(report: Awaited<ReturnType<typeof askWhoCan>>, everywhere: boolean): void {
    const { query, subjects, dangling } = report
    const namespaced = !('path' in query) && query.namespaced !== false
    if (subjects.length === 0) {
      const hint = namespaced && !everywhere ? ' (-A asks in all namespaces)' : ''
      const read = report.complete ? '' : ' that could be read'
      note(`no binding${read} allows anybody to ${queryText(query)}${hint}`)
    }
    for (const { binding, why } of dangling.slice(0, 5)) {
      note(
        `${binding.kind} ${binding.namespace === undefined ? '' : `${binding.namespace}/`}${binding.name} grants nothing: ${why}`,
      )
    }
    if (dangling.length > 5)
      note(`${dangling.length - 5} more bindings refer to roles that do not exist (-o json lists them)`)
  }
}

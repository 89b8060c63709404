import * as Flags from '@oclif/core/flags'
import { askUnused } from '../src/cli/ask-unused.ts'
import { auditFlags } from '../src/cli/audit-flags.ts'
import { exitOf, SecureCommand } from '../src/cli/command.ts'
import { connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { readNotes } from '../src/terminal/coverage-text.ts'
import { lookOf } from '../src/terminal/look.ts'
import { unusedNotes, unusedText } from '../src/terminal/unused-text.ts'

const { namespace: _, ...connection } = connectionFlags

export default class Unused extends SecureCommand {
  static override summary = 'Which rights an audit log shows nobody using, and RBAC without them'
  static override description =
    `Reads an audit log beside RBAC. For each grant (a binding, its role, one of its subjects) it says how often it was used, when last, and what of it was not: \
verbs, resources, names, down to a single word of a rule. The verdict on a grant is one of

  unused    nothing of it was used
  partly    some of it was not: NOT USED says what
  unknown   nothing was, but the log would not show it if it had been
  used      all of it, or what was not is unknown

-o wide has each rule, with a line of the log that shows its use; what is in use is in that table alone.

Give it the logs of all API servers, over as long as rights may lie idle (a yearly job is not in a week of log), and their audit policy: a right whose use is \
not logged is unknown, never unused. Without --audit-policy all that was not used is.

RBAC is read from the cluster, or from evidence or manifests (--snapshot); audit logs in the evidence are read too. The cluster's own bindings, as every cluster \
has them, are left out and counted; --subject asks for those of one subject all the same.

--emit writes RBAC without what was not used: apply.yaml (narrowed roles, changed bindings) and delete.yaml (bindings that nobody needs). First it replays the log \
against them: where anything that was done would be refused, it says what, and writes nothing. No cluster is changed; you kubectl apply the one, then kubectl delete the other.

What counts as use is in docs/unused.md: bind, escalate, impersonate and others, which leave no line of their own, are worked out.

Exit code: 0 all is used, 1 some is not (or --emit would refuse what was done), 2 usage, 3 incomplete: gaps in the log or in RBAC, or rights that are unknown.`

  static override usage = '<%= command.id %> --audit-log FILE|DIR|- [FLAGS]'

  static override examples = [
    {
      description: 'What is granted here, and was not used in these logs?',
      command: '<%= config.bin %> <%= command.id %> --audit-log /var/log/kubernetes --audit-policy policy.yaml',
    },
    {
      description: 'Narrow what one service account may do to what it did',
      command:
        '<%= config.bin %> <%= command.id %> --audit-log audit.log --audit-policy policy.yaml --subject sa:shop/web --emit narrowed',
    },
    {
      description: 'From the evidence of a case',
      command: '<%= config.bin %> <%= command.id %> --snapshot case.tar.gz --audit-policy policy.yaml -o wide',
    },
  ]

  static override flags = {
    'audit-log': auditFlags['audit-log'],
    'audit-policy': auditFlags['audit-policy'],
    since: auditFlags.since,
    until: auditFlags.until,
    subject: Flags.string({
      description: 'only the grants to sa:NS/NAME, user:NAME, group:NAME, or the account of pod:NS/NAME, itself',
      helpValue: 'SUBJECT',
    }),
    emit: Flags.string({
      description: 'write RBAC without what was not used, as manifests, to a folder; needs --audit-policy',
      helpValue: 'DIR',
    }),
    ...snapshotFlag,
    ...connection,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Unused)
    const { output } = flags
    const report = await askUnused(flags, connectionOptions(flags))
    const wide = output === 'wide'
    await this.printReport(report, output, () => unusedText(report, { wide, look: lookOf(process.stdout) }))
    this.sayLimits(
      { gaps: report.gaps, notes: [...readNotes(report), ...unusedNotes(report, wide), ...report.notes] },
      output,
    )
    const isUsed = report.grants.every(({ verdict }) => verdict === 'used' || verdict === 'unknown')
    const isRefused = (report.narrowed?.replay.denied.length ?? 0) > 0
    process.exitCode = exitOf(isUsed && !isRefused, report.complete)
  }
}

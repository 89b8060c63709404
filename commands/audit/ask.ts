import * as Args from '@oclif/core/args'
import { askAudit, questionIds } from '../../src/cli/ask-audit.ts'
import { askCouldDid, couldDid } from '../../src/cli/ask-could-did.ts'
import { auditFlags } from '../../src/cli/audit-flags.ts'
import { exitOf, SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { couldDidNotes, couldDidText, routineActors } from '../../src/terminal/audit-could-did.ts'
import { auditText, routineCount } from '../../src/terminal/audit-text.ts'
import { readNotes, routineNote } from '../../src/terminal/coverage-text.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { note } from '../../src/terminal/messages.ts'

export default class AuditAsk extends SecureCommand {
  static override summary = 'What an audit log says was done: exec, secrets read, tokens, bindings, refusals…'
  static override description =
    `Asks one question of audit logs, or all. Any format is read, gzip too; what cannot be read is named. Beside each answer stands what it \
is worth: whether such requests are logged at all is what --audit-policy tells, and where they are not, the answer is "unanswerable", never "none".

QUESTION is one of ${questionIds.join(', ')}. first-seen needs --since: what was in the log before that time is known.

could-did holds what each actor did against what RBAC lets them do: the RBAC of the evidence, or of manifests, that --snapshot names. No cluster is asked.

Exit code: 0 something was found (beyond the control plane's own routine), 1 nothing was, where the log would have shown it, 2 usage, \
3 the answer, found or not, is incomplete or unanswerable; without --audit-policy it always is.`

  static override usage = '<%= command.id %> [QUESTION] [FLAGS]'

  static override examples = [
    {
      description: 'Who ran commands in containers last night?',
      command:
        '<%= config.bin %> <%= command.id %> exec --audit-log /var/log/kubernetes --audit-policy policy.yaml --since 12h',
    },
    {
      description: 'All that one service account did that matters, from the evidence of the case',
      command: '<%= config.bin %> <%= command.id %> --snapshot case.tar.gz --subject sa:payments/api',
    },
    {
      description: 'What each actor did, beside what they may do: rights that are gone since, or were never used',
      command: '<%= config.bin %> <%= command.id %> could-did --snapshot case.tar.gz --audit-policy policy.yaml',
    },
    {
      description: 'From CloudWatch',
      command:
        'aws logs filter-log-events --log-group-name /aws/eks/prod/cluster --log-stream-name-prefix kube-apiserver-audit | <%= config.bin %> <%= command.id %> --audit-log -',
    },
  ]

  static override args = {
    question: Args.string({ description: 'one question; without it, all', options: [...questionIds, couldDid] }),
  }

  static override flags = { ...auditFlags, ...outputFlag(['table', 'wide', 'json', 'yaml']) }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditAsk)
    const { output } = flags
    if (args.question === couldDid) return await this.#couldDid(flags, output)
    const report = await askAudit(flags, args.question)
    await this.printReport(report, output, () =>
      auditText(report, { wide: output === 'wide', look: lookOf(process.stdout) }),
    )
    this.sayLimits({ gaps: report.gaps, notes: [...readNotes(report), ...report.notes] }, output)
    const routine = routineCount(report)
    if (output === 'table' && routine > 0) note(routineNote(routine))
    process.exitCode = exitOf(report.findings.length > routine, report.complete)
  }

  async #couldDid(flags: Parameters<typeof askCouldDid>[0], output: string): Promise<void> {
    const report = await askCouldDid(flags)
    await this.printReport(report, output, () =>
      couldDidText(report, { wide: output === 'wide', look: lookOf(process.stdout) }),
    )
    const notes = [...readNotes(report), ...couldDidNotes(report), ...report.notes]
    this.sayLimits({ gaps: report.gaps, notes }, output)
    const routine = routineActors(report)
    if (output === 'table' && routine > 0) note(routineNote(routine))
    process.exitCode = exitOf(report.actors.length > routine, report.complete)
  }
}

import * as Flags from '@oclif/core/flags'
import { askRisks } from '../src/cli/ask-risks.ts'
import { SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { allNamespacesFlag, connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { EXIT } from '../src/errors.ts'
import { type Finding, type RisksReport, severities, type Severity } from '../src/risks/finding.ts'
import type { Snapshot } from '../src/snapshot/snapshot.ts'
import { isAtLeast } from '../src/risks/severity.ts'
import { note } from '../src/terminal/messages.ts'
import { lookOf } from '../src/terminal/look.ts'
import { risksTable } from '../src/terminal/risks-table.ts'
import { risksWide } from '../src/terminal/risks-wide.ts'

export default class Risks extends SecureCommand {
  static override summary = 'What is risky in RBAC and beside it: findings, with why, by which grants, and what to do'
  static override description =
    `Each finding is of a rule: rights that open a way to more (as paths walks them, in that severity), rights that disarm, disclose or hide, grants
that mean something else than they say, and what pods, secrets, webhooks and namespaces make possible. The cluster's own roles and bindings are known
by what is in them, never by name: unchanged they are no finding, changed they are.

Without -n: the whole cluster. With -n: what is in the namespace, may be done in it alone, or its accounts may do anywhere.
With --baseline: only what is new, changed or gone since an earlier -o json.
With --exceptions: findings that somebody answers for are left out of tables; one that has expired or is for nothing is a finding itself.

Exit code: 0 no findings, 1 findings (new or changed ones, with --baseline; those excepted do not count; with --fail-on, only so severe ones),
3 none, but the answer is incomplete.`

  static override usage = '<%= command.id %> [-n NAMESPACE] [FLAGS]'

  static override examples = [
    { description: 'What is worst here?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Why, by which grants, and the commands that settle it',
      command: '<%= config.bin %> <%= command.id %> -n payments -o wide',
    },
    {
      description: 'In CI: nothing critical or high may come in with these manifests',
      command:
        '<%= config.bin %> <%= command.id %> --snapshot deploy/ --exceptions accepted.yaml --fail-on high -o sarif > risks.sarif',
    },
    {
      description: 'What came in since yesterday?',
      command: '<%= config.bin %> <%= command.id %> --baseline yesterday.json',
    },
    {
      description: 'A page to look at, search and pass on',
      command: '<%= config.bin %> <%= command.id %> --snapshot case.tar.gz -o html > risks.html',
    },
  ]

  static override flags = {
    ...connectionFlags,
    ...allNamespacesFlag,
    ...snapshotFlag,
    baseline: Flags.string({
      description: 'an earlier -o json: show only what is new, changed or gone',
      helpValue: 'FILE',
    }),
    'fail-on': Flags.string({
      description: 'exit with 1 only for findings at least so severe',
      options: [...severities],
      helpValue: severities.join('|'),
    }),
    exceptions: Flags.string({
      description: 'findings that are known, with owner, reason and expiry (YAML)',
      helpValue: 'FILE',
    }),
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'sarif', 'html']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Risks)
    const { output } = flags
    const { namespace, baseline, exceptions } = flags
    const options = connectionOptions(flags)
    const { report, source } = await askRisks(flags, options, { namespace, baseline, exceptions })
    const seen = { count: 0, excepted: 0, isOver: false }
    const threshold = (flags['fail-on'] as Severity | undefined) ?? 'low'
    const findings = noting(report.findings, seen, threshold)
    await this.#print({ ...report, findings }, source, flags)
    this.sayLimits(report, output)
    if (output === 'table' || output === 'wide') sayRest(seen, report)
    process.exitCode = seen.isOver ? EXIT.no : report.complete ? EXIT.yes : EXIT.incomplete
  }

  async #print(
    report: RisksReport,
    source: Snapshot['source'],
    { output, snapshot = [] }: { output: string; snapshot?: string[] | undefined },
  ): Promise<void> {
    if (output === 'table') return void process.stdout.write(risksTable(report, { width: terminalWidth() }))
    if (output === 'wide') {
      for (const piece of risksWide(report, lookOf(process.stdout))) process.stdout.write(piece)
      return
    }
    if (output === 'sarif') {
      const [{ risksSarif }, { risksPlaces }] = await Promise.all([
        import('../src/terminal/risks-sarif.ts'),
        import('../src/cli/risk-places.ts'),
      ])
      const { pieces, leftOut } = risksSarif(report, {
        version: this.config.version,
        places: await risksPlaces(snapshot),
      })
      for (const piece of pieces) process.stdout.write(piece)
      const { count } = leftOut()
      if (count > 0)
        note(`${count} findings are left out: GitHub refuses files of more than 25000 results (-o json has them all)`)
      return
    }
    if (output === 'html') {
      // Only here, so that no other format waits for what a page is made of.
      const { risksHtml } = await import('../src/terminal/risks-html.ts')
      const origin = { source, made: new Date().toISOString() }
      for (const piece of risksHtml(report, origin)) process.stdout.write(piece)
      return
    }
    await this.printReport(output === 'yaml' ? { ...report, findings: [...report.findings] } : report, output, () => '')
  }
}

type Seen = { count: number; excepted: number; isOver: boolean }

/** The same findings; what they say is noted as they pass. */
function* noting(findings: Iterable<Finding>, seen: Seen, threshold: Severity): Generator<Finding> {
  for (const finding of findings) {
    if (finding.exception) seen.excepted += 1
    else {
      seen.count += 1
      seen.isOver ||= isAtLeast(finding.severity, threshold)
    }
    yield finding
  }
}

function sayRest({ count, excepted }: Seen, { gone, complete }: RisksReport): void {
  if (excepted > 0)
    note(
      `${excepted} ${excepted === 1 ? 'finding is' : 'findings are'} excepted (-o json has them, with owner and reason)`,
    )
  if (count === 0) note(`no ${gone ? 'new or changed ' : ''}findings${complete ? '' : ' in what could be read'}`)
}

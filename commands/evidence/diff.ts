import * as Args from '@oclif/core/args'
import { exitOf, SecureCommand, terminalWidth } from '../../src/cli/command.ts'
import { diffEvidence, sayUnknown } from '../../src/cli/diff-evidence.ts'
import { identityFlag } from '../../src/cli/evidence-flags.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { evidenceDiffTable } from '../../src/terminal/evidence-diff-text.ts'

export default class EvidenceDiff extends SecureCommand {
  static override summary = 'What changed in a cluster between two collections of evidence'
  static override description =
    `By uid and by meaning: rights that subjects gained or lost, bindings and roles, webhooks and what else admits, accounts and secrets \
(their metadata), workloads, network, nodes, pods, and everything else that both bundles have. Versions, heartbeats, events and leases \
are left out. An object of the same name with another uid is named as recreated.

CLAIMED is when, and by which client, as the object says itself. In tables values that look like secrets are masked; JSON and YAML have them.

What one of the bundles could not read is unknown, and never "removed".

Exit code: 0 nothing changed, 1 something did, 2 usage, or bundles of two clusters, 3 something is unknown, 4 damaged.`

  static override usage = '<%= command.id %> BEFORE AFTER [FLAGS]'
  static override examples = [
    {
      description: 'What did the intruder leave?',
      command: '<%= config.bin %> <%= command.id %> monday.tar.gz tuesday.tar.gz',
    },
  ]
  static override args = {
    before: Args.string({ description: 'a bundle or a directory', required: true }),
    after: Args.string({ description: 'a later one of the same cluster', required: true }),
  }
  static override flags = { ...identityFlag, ...outputFlag(['table', 'wide', 'json', 'yaml']) }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { args, flags } = await this.parse(EvidenceDiff)
    const report = await diffEvidence(args.before, args.after, flags.identity)
    const wide = flags.output === 'wide'
    await this.printReport(report, flags.output, () => evidenceDiffTable(report, { wide, width: terminalWidth() }))
    sayUnknown(report, flags.output)
    const isSame = report.changes.length === 0 && report.rights.length === 0
    process.exitCode = exitOf(isSame, report.complete)
  }
}

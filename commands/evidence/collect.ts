import * as Flags from '@oclif/core/flags'
import { SecureCommand } from '../../src/cli/command.ts'
import { checkSealWords, collectEvidence, sealCase } from '../../src/cli/collect-evidence.ts'
import { collectFlags, collectRequest, sayMissing } from '../../src/cli/collect-request.ts'
import { recordable } from '../../src/cli/command-words.ts'
import { sealFlags } from '../../src/cli/evidence-flags.ts'
import { allNamespacesFlag, connectionFlags, connectionOptions } from '../../src/cli/flags.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { withCluster } from '../../src/cli/session.ts'
import { EXIT, SecureError } from '../../src/errors.ts'
import { sizeText } from '../../src/evidence/tally.ts'
import { collectedText } from '../../src/terminal/evidence-text.ts'

const exits = { complete: EXIT.yes, partial: EXIT.incomplete, failed: EXIT.failed }

export default class EvidenceCollect extends SecureCommand {
  static override summary = 'Take evidence of a cluster that survives a hostile reading'
  static override description =
    `Reads, and changes nothing. What the API server sends is kept byte by byte, with its SHA-256 and the request that it answers; \
values of Secrets never leave the server. Objects are those of the whole cluster, logs those of the targets, or of the namespace (-A: of all).

quick: the targets alone, their events, owners and logs. standard: what every question of this tool needs, so that it can be asked of the \
bundle later, and kubelets and rotated logs where nodes/proxy is allowed. full: every type that the cluster serves.

It is written to a new directory, which survives whatever happens to this process, and sealed beside it as .tar.gz, a BagIt bag. \
Ctrl-C seals what there is; a second one stops. --resume goes on.

Exit code: 0 complete, 3 partial (the gaps are named, with a Role that closes them), 4 nothing could be had, 2 usage.`

  static override usage = ['<%= command.id %> [TYPE/NAME…] [FLAGS]', '<%= command.id %> --resume --output DIR [FLAGS]']

  static override examples = [
    {
      description: 'A pod that is about to be deleted',
      command: '<%= config.bin %> <%= command.id %> pod/api-0 -n payments --profile quick',
    },
    {
      description: 'A namespace and the cluster around it, for the case',
      command:
        '<%= config.bin %> <%= command.id %> -n payments --incident INC-42 --audit-log /var/log/kubernetes/audit.log',
    },
    {
      description: 'Go on after a lost connection',
      command: '<%= config.bin %> <%= command.id %> --resume --output ./case',
    },
  ]

  static override strict = false
  static override flags = {
    ...collectFlags,
    resume: Flags.boolean({ description: 'go on with the case in --output, with what it was begun with' }),
    ...sealFlags,
    ...allNamespacesFlag,
    ...connectionFlags,
  }

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(EvidenceCollect)
    keepHeapSmall()
    await checkSealWords(flags)
    const options = connectionOptions(flags)
    const targets = argv.map(String)
    await withCluster(options, async (cluster) => {
      if (flags.resume && (flags.output === undefined || targets.length > 0))
        throw new SecureError('usage', '--resume takes the case from --output, and what to collect from the case')
      const request = flags.resume ? undefined : collectRequest(targets, flags, cluster.namespace)
      const command = recordable(['evidence', 'collect', ...this.argv])
      const report = await collectEvidence(cluster, request, flags.output ?? '', command)
      const sealed = await sealCase(report.directory, flags)
      process.stdout.write(collectedText(report, sizeText(report.bytes), sealed))
      sayMissing(report)
      process.exitCode = exits[report.status]
    })
  }
}

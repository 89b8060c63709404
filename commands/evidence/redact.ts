import * as Args from '@oclif/core/args'
import { checkSealWords } from '../../src/cli/collect-evidence.ts'
import { SecureCommand } from '../../src/cli/command.ts'
import { connectionFlags, connectionOptions } from '../../src/cli/flags.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { redactEvidence } from '../../src/cli/redact-evidence.ts'
import { redactFlags } from '../../src/cli/redact-flags.ts'
import { withCluster } from '../../src/cli/session.ts'
import { EXIT } from '../../src/errors.ts'
import { warn } from '../../src/terminal/messages.ts'
import { redactText } from '../../src/terminal/redact-text.ts'

export default class EvidenceRedact extends SecureCommand {
  static override summary = 'Make a copy of evidence without secrets, to be handed on'
  static override description =
    `Writes another sealed bundle, a derivative that names its parent; the parent stays as it is. All of it goes through the rules: objects, \
logs, audit logs, paths, the journal and the custody. What is masked has a pseudonym, the same for the same value wherever it stands. \
Every question can be asked of it.

A second engine looks over what is to be written. What cannot be redacted wholly is left out, with a gap.

--live-secrets asks the cluster for the Secrets that you may read, and looks for their values in all encodings: they are in memory alone.

Exit code: 0 done, 2 usage, 3 something was left out, 4 failed, and nothing was written.`

  static override usage = '<%= command.id %> FILE [FLAGS]'
  static override examples = [
    { description: 'For a colleague', command: '<%= config.bin %> <%= command.id %> case.tar.gz --live-secrets' },
    {
      description: 'For somebody outside, encrypted',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz --profile sharing --encrypt-to age1…',
    },
  ]
  static override args = { file: Args.string({ description: 'a bundle or a directory', required: true }) }
  static override flags = { ...redactFlags, ...connectionFlags }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { args, flags } = await this.parse(EvidenceRedact)
    await checkSealWords(flags)
    const live = flags['live-secrets']
      ? async (head: { [key: string]: unknown }) =>
          await withCluster(connectionOptions(flags), async (cluster) => {
            const { liveSecrets } = await import('../../src/redact/live-cluster.ts')
            return await liveSecrets(cluster, (head['cluster'] as { id?: unknown } | undefined)?.id)
          })
      : undefined
    const { report, sealed } = await redactEvidence(args.file, flags, live)
    for (const line of report.notes) warn(line)
    if (flags.output === '-') process.stderr.write(redactText(report, sealed))
    else await this.printReport({ ...report, sealed }, flags.format, () => redactText(report, sealed))
    process.exitCode = report.complete ? EXIT.yes : EXIT.incomplete
  }
}

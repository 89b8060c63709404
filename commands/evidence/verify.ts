import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { verify } from '../../src/bundle/verify.ts'
import { SecureCommand } from '../../src/cli/command.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { identityFlag, identityText, keyText } from '../../src/cli/evidence-flags.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { EXIT } from '../../src/errors.ts'
import { verifyText } from '../../src/terminal/evidence-text.ts'

export default class EvidenceVerify extends SecureCommand {
  static override summary = 'Check that evidence is as it was sealed, and name what is not'
  static override description =
    `Reads it once and unpacks nothing. Takes a sealed bundle, one that was unpacked, a case that is worked on, and any BagIt bag.

Whoever can write to the file can write to what lies beside it: hold the SHA-256 against the one that was printed when it was sealed \
(--digest), or check the signature (--public-key).

Exit code: 0 intact, 1 damaged, 2 usage.`

  static override usage = '<%= command.id %> FILE [FLAGS]'
  static override examples = [
    {
      description: 'Is it what was sealed?',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz --public-key key.pub.pem',
    },
  ]
  static override args = { file: Args.string({ description: 'a bundle or a directory', required: true }) }
  static override flags = {
    'public-key': Flags.string({
      description: 'a file with the Ed25519 public key (PEM) of who signed it',
      helpValue: 'KEY',
    }),
    digest: Flags.string({ description: 'the SHA-256 that the file has to have', helpValue: 'SHA256' }),
    ...identityFlag,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { args, flags } = await this.parse(EvidenceVerify)
    const key = flags['public-key']
    const report = await verify(args.file, {
      digest: flags.digest,
      publicKey: key === undefined ? undefined : await keyText(key),
      identity: await identityText(flags.identity),
    })
    await this.printReport(report, flags.output, () => verifyText(report))
    process.exitCode = report.isIntact ? EXIT.yes : EXIT.no
  }
}

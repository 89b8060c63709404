import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { uploadEvidence } from '../../src/cli/upload-evidence.ts'
import { EXIT } from '../../src/errors.ts'
import { warn } from '../../src/terminal/messages.ts'
import { uploadText } from '../../src/terminal/upload-text.ts'

export default class EvidenceUpload extends SecureCommand {
  static override summary = 'Send sealed evidence to an S3-compatible object storage'
  static override description =
    `Takes what is encrypted (.tar.gz.age) or redacted, and nothing else; checks it, and sends it with its .sha256 and .dsse.json. \
Where TO ends in a slash the name of the file comes after it.

The server checks every part by its SHA-256. Nothing is ever overwritten: where the same bytes are there already it goes on, so a \
command that failed can be repeated. Ctrl-C takes back what is half there.

Credentials are those that the AWS SDK finds (AWS_ACCESS_KEY_ID, AWS_PROFILE, web identity, …). NODE_EXTRA_CA_CERTS names the \
authority of a server of your own.

Exit code: 0 all of it is there, 2 usage, or it may not leave this machine, 3 sent, and the server does not report what it has, 4 failed.`

  static override usage = '<%= command.id %> FILE TO [FLAGS]'
  static override examples = [
    {
      description: 'To a bucket of the incident',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz.age s3://evidence/INC-42/',
    },
    {
      description: 'To a server of your own',
      command:
        '<%= config.bin %> <%= command.id %> case.tar.gz.age s3://evidence/INC-42/ --endpoint https://minio.example:9000',
    },
  ]
  static override args = {
    file: Args.string({ description: 'a sealed bundle, encrypted or redacted', required: true }),
    to: Args.string({ description: 's3://BUCKET/KEY, or s3://BUCKET/FOLDER/', required: true }),
  }
  static override flags = {
    endpoint: Flags.string({ description: 'the server, where it is not AWS', helpValue: 'URL' }),
    region: Flags.string({ description: 'the region of the bucket', helpValue: 'NAME' }),
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { args, flags } = await this.parse(EvidenceUpload)
    const report = await uploadEvidence(args.file, args.to, flags)
    await this.printReport(report, flags.output, () => uploadText(report))
    if (!report.isConfirmed) warn('the server does not report the SHA-256 of what it has: read it back, and compare')
    process.exitCode = report.isConfirmed ? EXIT.yes : EXIT.incomplete
  }
}

import * as Args from '@oclif/core/args'
import { readBundle } from '../../src/bundle/read.ts'
import { SecureCommand } from '../../src/cli/command.ts'
import { identityFlag, identityText } from '../../src/cli/evidence-flags.ts'
import { showEvidence, showWays } from '../../src/cli/show-evidence.ts'
import { EXIT } from '../../src/errors.ts'

export default class EvidenceShow extends SecureCommand {
  static override summary = 'Look into evidence: what is there, a file, lines that match, logs'
  static override description =
    `tree: all there is, by the names that the cluster gave. cat PATH: one of them, byte by byte where it does not go to a terminal. \
grep PATTERN: lines of all of them that match a regular expression. logs POD: all logs of a pod (POD or NAMESPACE/POD).

What is read is checked against the journal on the way. Nothing is unpacked to the disk.

Exit code: 0 shown, 1 nothing matches, 2 usage, 4 damaged.`

  static override usage = '<%= command.id %> FILE [tree|cat PATH|grep PATTERN|logs POD] [FLAGS]'
  static override examples = [
    { description: 'What is in it?', command: '<%= config.bin %> <%= command.id %> case.tar.gz' },
    {
      description: 'What did the pod write?',
      command: '<%= config.bin %> <%= command.id %> case.tar.gz logs payments/api-0',
    },
  ]
  static override args = {
    file: Args.string({ description: 'a bundle or a directory', required: true }),
    way: Args.string({ description: 'what to show', options: [...showWays], default: 'tree' }),
    what: Args.string({ description: 'PATH, PATTERN or POD' }),
  }
  static override flags = { ...identityFlag }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EvidenceShow)
    const bundle = await readBundle(args.file, { identity: await identityText(flags.identity) })
    process.exitCode = (await showEvidence(bundle, args.way, args.what)) ? EXIT.yes : EXIT.no
  }
}

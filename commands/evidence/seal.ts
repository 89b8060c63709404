import * as Args from '@oclif/core/args'
import { resolve } from 'node:path'
import { SecureCommand } from '../../src/cli/command.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { checkSealWords, sealCase } from '../../src/cli/collect-evidence.ts'
import { sealFlags } from '../../src/cli/evidence-flags.ts'
import { sealedText } from '../../src/terminal/evidence-text.ts'

export default class EvidenceSeal extends SecureCommand {
  static override summary = 'Seal a case that is not sealed yet, or sealed otherwise'
  static override description =
    `"evidence collect" does it by itself; this is for a case that was left by a killed process or a full disk, and to sign or encrypt later. \
The same case gives the same bytes.

Exit code: 0 sealed, 2 usage, 4 the case is not as it was written, or the disk is full.`

  static override usage = '<%= command.id %> DIR [FLAGS]'
  static override examples = [
    {
      description: 'Seal and sign what there is',
      command: '<%= config.bin %> <%= command.id %> ./case --sign key.pem',
    },
  ]
  static override args = { dir: Args.string({ description: 'the directory of the case', required: true }) }
  static override flags = { ...sealFlags }

  override async run(): Promise<void> {
    keepHeapSmall()
    const { args, flags } = await this.parse(EvidenceSeal)
    await checkSealWords(flags)
    process.stdout.write(sealedText(await sealCase(resolve(args.dir), flags)))
  }
}

import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { stateNamespaceFlag } from '../../src/cli/change-flags.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'
import { lookOf } from '../../src/terminal/look.ts'

export default class PlaybookShow extends SecureCommand {
  static override summary = 'What a playbook asks, does and needs, before it is run'
  static override description =
    'Its inputs, its steps with their branches, and the rights they take. No cluster is asked. -o json has it as it is run.\n\nExit code: 0, 2 usage.'

  static override usage = '<%= command.id %> NAME|FILE [FLAGS]'
  static override examples = ['<%= config.bin %> <%= command.id %> compromised-pod']
  static override args = {
    playbook: Args.string({ description: 'the name of a playbook, or its file: ./NAME.yaml', required: true }),
  }
  static override flags = { ...stateNamespaceFlag(), ...outputFlag(['table', 'json', 'yaml']) }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PlaybookShow)
    const [{ openLibrary }, { playbookText }, { actions }] = await Promise.all([
      import('../../src/playbook/library.ts'),
      import('../../src/terminal/playbook-tables.ts'),
      import('../../src/playbook/actions/index.ts'),
    ])
    const found = await openLibrary().find(args.playbook)
    const { playbook, path, digest, trust } = found
    const report = { apiVersion, kind: 'PlaybookShown', path, digest, trust, playbook }
    await this.printReport(report, flags.output, () =>
      playbookText(found, actions, flags['state-namespace'], lookOf(process.stdout)),
    )
  }
}

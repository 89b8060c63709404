import { SecureCommand, terminalWidth } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { EXIT } from '../../src/errors.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'

export default class PlaybookList extends SecureCommand {
  static override summary = 'The playbooks there are: those that ship, and your own'
  static override description =
    `Your own are the .yaml files of the folder that $KUBECTL_SECURE_PLAYBOOKS names. TRUST says whether one may change anything: what is neither \
shipped nor signed by a key that you trust asks and takes evidence alone.

Exit code: 0, 1 one of them cannot be read, 2 usage.`

  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = outputFlag(['table', 'json', 'yaml', 'name'])

  override async run(): Promise<void> {
    const { flags } = await this.parse(PlaybookList)
    const [{ openLibrary }, { playbooksTable }] = await Promise.all([
      import('../../src/playbook/library.ts'),
      import('../../src/terminal/playbook-tables.ts'),
    ])
    const library = openLibrary()
    const { escapeLines } = await import('../../src/text/terminal.ts')
    if (flags.output === 'name') return void process.stdout.write(escapeLines(await library.names()))
    const listed = await library.all()
    const report = {
      apiVersion,
      kind: 'PlaybookList',
      playbooks: listed.map(({ name, path, found, why }) => ({
        name,
        path,
        ...(found && {
          version: found.playbook.metadata.version,
          title: found.playbook.metadata.title,
          attack: found.playbook.metadata.attack ?? [],
          digest: found.digest,
          trust: found.trust,
        }),
        ...(why !== undefined && { why }),
      })),
    }
    await this.printReport(report, flags.output, () => playbooksTable(listed, terminalWidth()))
    process.exitCode = listed.every(({ found }) => found) ? EXIT.yes : EXIT.no
  }
}

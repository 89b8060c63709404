import { SecureCommand, terminalWidth } from '../../src/cli/command.ts'
import { stateNamespaceFlag } from '../../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../../src/cli/flags.ts'
import { withEngine } from '../../src/cli/with-engine.ts'
import { EXIT } from '../../src/errors.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'

export default class PlaybookRuns extends SecureCommand {
  static override summary = 'The runs of playbooks on this cluster that this machine knows'
  static override description =
    `HOLDER is who works on one now. An "unfinished" one was cut off: "playbook resume" goes on with it. -o wide has the \
folders.

Exit code: 0, 1 one is unfinished or its journal is broken, 2 usage, 4 the cluster refused or failed.`

  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = {
    ...stateNamespaceFlag(),
    ...connectionFlags,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(PlaybookRuns)
    const [{ listRuns }, { runsTable }] = await Promise.all([
      import('../../src/playbook/run/list.ts'),
      import('../../src/terminal/playbook-tables.ts'),
    ])
    const runs = await withEngine(
      connectionOptions(flags),
      flags['state-namespace'],
      async ({ stateDir, clusterId }) => await listRuns(stateDir, clusterId),
    )
    const report = { apiVersion, kind: 'PlaybookRuns', runs }
    const shape = { wide: flags.output === 'wide', width: terminalWidth(), now: new Date() }
    await this.printReport(report, flags.output, () => runsTable(runs, shape))
    const isWell = runs.every(({ state, holder, broken }) => !broken && (state !== 'running' || holder !== undefined))
    process.exitCode = isWell ? EXIT.yes : EXIT.no
  }
}

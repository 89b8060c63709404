import { readFile } from 'node:fs/promises'
import { SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { EXIT, SecureError, whyUnread } from '../../src/errors.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'
import { escapeLines } from '../../src/text/terminal.ts'
import * as Args from '@oclif/core/args'

export default class PlaybookValidate extends SecureCommand {
  static override summary = 'Look whether playbooks are right, without running them'
  static override description =
    `Each mistake is a line: FILE:LINE: field: why, with what may have been meant. Looks at fields, expressions, jumps, actions and what they take, evidence \
gates, and the playbooks that are called; of NAME.test.yaml at its steps, answers and clusters. No cluster is asked.

Exit code: 0 all are right, 1 mistakes, 2 usage or a file that cannot be read.`

  static override usage = '<%= command.id %> FILE… [FLAGS]'
  static override examples = ['<%= config.bin %> <%= command.id %> playbooks/*.yaml']
  static override strict = false
  static override args = { files: Args.string({ name: 'FILE', description: 'a playbook', required: true }) }
  static override flags = outputFlag(['table', 'json', 'yaml'])

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(PlaybookValidate)
    const { mistakesIn, mistakesInTests } = await import('../../src/playbook/validate-file.ts')
    const files = await Promise.all(
      argv.map(async (word) => {
        const path = String(word)
        const text = await readFile(path, 'utf8').catch((error: unknown) => {
          throw new SecureError('usage', `${path}: ${whyUnread(error)}`)
        })
        const isTest = /\.test\.ya?ml$/.test(path)
        return { path, complaints: await (isTest ? mistakesInTests(path) : mistakesIn(text)) }
      }),
    )
    const { complaintText } = await import('../../src/schema/checked-yaml.ts')
    const lines = files.flatMap(({ path, complaints }) =>
      complaints.length === 0 ? [] : complaintText(path, complaints).split('\n'),
    )
    const report = { apiVersion, kind: 'PlaybookValidation', files }
    await this.printReport(report, flags.output, () => escapeLines(lines))
    process.exitCode = lines.length === 0 ? EXIT.yes : EXIT.no
  }
}

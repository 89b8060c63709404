import { homedir } from 'node:os'
import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { outputFlag } from '../../src/cli/flags.ts'
import { localUser } from '../../src/cli/local-user.ts'
import { EXIT, SecureError } from '../../src/errors.ts'
import { apiVersion } from '../../src/snapshot/snapshot.ts'
import { formatTable } from '../../src/terminal/table.ts'

export default class NotifyTest extends SecureCommand {
  static override summary = 'Send a test message to the channels that playbooks may tell'
  static override description =
    `To those that are named, else to all in ~/.config/kubectl-secure/channels.yaml ($KUBECTL_SECURE_CHANNELS). On PagerDuty it opens an incident: close it.

Exit code: 0 all took it, 1 some did not, 2 usage.`

  static override usage = '<%= command.id %> [CHANNEL…] [FLAGS]'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> oncall']
  static override strict = false
  static override args = { channels: Args.string({ name: 'CHANNEL', description: 'the name of a channel' }) }
  static override flags = outputFlag(['table', 'json', 'yaml'])

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(NotifyTest)
    const [{ channelNamed, readChannels }, { notify }, { newPlanId }] = await Promise.all([
      import('../../src/playbook/notify/channels.ts'),
      import('../../src/playbook/notify/notify.ts'),
      import('../../src/change/id.ts'),
    ])
    const known = await readChannels({ env: process.env, home: homedir() })
    const names = argv.length > 0 ? argv.map(String) : Object.keys(known.channels)
    if (names.length === 0)
      throw new SecureError('usage', `there are no channels in ${known.path}`, {
        hint: 'docs/playbooks.md says how they are written',
      })
    const chosen = names.map((name) => ({ name, channel: channelNamed(known, name) }))
    const run = `test-${newPlanId()}`
    const message = {
      id: run,
      run,
      summary: `A test of kubectl secure by ${localUser()}: nothing has happened`,
      details: ['playbooks tell this channel what they did'],
      time: new Date().toISOString(),
    }
    const channels = await Promise.all(
      chosen.map(async ({ name, channel }) => {
        const sent = await notify(channel, message, process.env, () => new Date())
        return { channel: name, type: channel.type, ...sent }
      }),
    )
    const rows = channels.map((one) => [one.channel, one.type, one.sent ? 'yes' : 'NO', one.sent ? '' : one.why])
    await this.printReport({ apiVersion, kind: 'NotifyTestReport', channels }, flags.output, () =>
      formatTable(['CHANNEL', 'TYPE', 'SENT', 'WHY'], rows),
    )
    process.exitCode = channels.every(({ sent }) => sent) ? EXIT.yes : EXIT.no
  }
}

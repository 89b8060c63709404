import { writeFile } from 'node:fs/promises'
import * as Args from '@oclif/core/args'
import { SecureCommand } from '../../src/cli/command.ts'
import { SecureError } from '../../src/errors.ts'
import { note } from '../../src/terminal/messages.ts'

export default class PlaybookNew extends SecureCommand {
  static override summary = 'Begin a playbook of your own'
  static override description =
    'Writes NAME.yaml to the working directory: a playbook that is right as it stands, with comments on what to change. A file that is there is kept.\n\nExit code: 0, 2 usage.'

  static override usage = '<%= command.id %> NAME'
  static override examples = ['<%= config.bin %> <%= command.id %> stolen-laptop']
  static override args = {
    name: Args.string({ description: 'small letters, digits and dashes', required: true }),
  }

  override async run(): Promise<void> {
    const { args } = await this.parse(PlaybookNew)
    const { name } = args
    if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
      throw new SecureError('usage', `"${name}" is not the name of a playbook: small letters, digits and dashes`)
    const { starter } = await import('../../src/playbook/starter.ts')
    const path = `${name}.yaml`
    try {
      await writeFile(path, starter(name), { flag: 'wx' })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new SecureError('usage', code === 'EEXIST' ? `${path} is there already; it is kept` : message)
    }
    process.stdout.write(`${path}\n`)
    note(`rehearse it: kubectl secure playbook run ./${path} --dry-run=server`)
  }
}

import * as Args from '@oclif/core/args'
import { SecureCommand } from '../src/cli/command.ts'
import { recordable } from '../src/cli/command-words.ts'
import { filenameFlag, planFlags, stateNamespaceFlag, writeFlags } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { isolateArgs, isolateFlags, isolateRequest } from '../src/cli/isolate-request.ts'
import { readPlanFile } from '../src/cli/plan-file.ts'
import { responderRoles } from '../src/cli/responder-role.ts'
import { rehearse } from '../src/cli/carry-out.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import type { Engine } from '../src/change/engine.ts'
import type { PreflightReport } from '../src/change/reports.ts'
import { EXIT, SecureError } from '../src/errors.ts'
import { prepareIsolation } from '../src/isolation/prepare.ts'
import { lookOf } from '../src/terminal/look.ts'
import { preflightText, rolesYaml } from '../src/terminal/preflight-text.ts'

const formats = outputFlag(['table', 'wide', 'json', 'yaml', 'role'])

export default class Preflight extends SecureCommand {
  static override summary = 'Could you do it? Every right and the server’s dry run, on a quiet day'
  static override description =
    `Asks the API server about every right that a command and its undo need, and has it rehearse every change. Nothing is stored. What \
is missing is printed as roles; "-o role" prints those alone, ready for kubectl apply.

Without COMMAND: the whole role of a responder as YAML, with the namespace of the records. Bind it yourself.

Exit code: 0 ready, 1 something is missing, 2 usage, 4 the cluster refused or failed.`

  static override usage = [
    '<%= command.id %>',
    '<%= command.id %> isolate TYPE/NAME [FLAGS OF ISOLATE]',
    '<%= command.id %> apply -f PLAN [FLAGS]',
  ]

  static override examples = [
    {
      description: 'Give the people on call what they need',
      command: `<%= config.bin %> <%= command.id %> | kubectl apply -f -
kubectl create clusterrolebinding responders --clusterrole kubectl-secure-responder --group oncall
kubectl create rolebinding responders -n kubectl-secure --role kubectl-secure-responder --group oncall`,
    },
    {
      description: 'Could they isolate this?',
      command: '<%= config.bin %> <%= command.id %> isolate deployment/api -n payments --as jane --as-group oncall',
    },
    {
      description: 'Only what is missing',
      command: '<%= config.bin %> <%= command.id %> isolate pod/api-0 -n payments -o role',
    },
  ]

  static override args = {
    command: Args.string({
      name: 'COMMAND',
      description: 'isolate or apply, with its words',
      options: ['isolate', 'apply'],
    }),
  }

  static override flags = { ...stateNamespaceFlag(), ...connectionFlags, ...formats }

  override async run(): Promise<void> {
    const [command, ...words] = this.argv
    if (command === 'isolate') return await this.isolate(words)
    if (command === 'apply') return await this.apply(words)
    const { args, flags } = await this.parse(Preflight)
    if (args.command !== undefined) {
      throw new SecureError('usage', `"${args.command}" stands behind flags`, {
        hint: `write: kubectl secure preflight ${args.command} …`,
      })
    }
    const roles = responderRoles(flags['state-namespace'])
    if (flags.output === 'json')
      await this.printReport({ apiVersion: 'v1', kind: 'List', items: roles }, 'json', () => '')
    else process.stdout.write(await rolesYaml(roles))
  }

  private async isolate(words: string[]): Promise<void> {
    const flags = { ...isolateFlags, ...planFlags, ...writeFlags, ...connectionFlags, ...formats }
    const parsed = await this.parse({ flags, args: isolateArgs }, words)
    await this.report(parsed.flags, async (engine) => {
      const request = isolateRequest(
        { ...parsed.flags, ...parsed.args },
        engine.cluster.namespace,
        recordable(this.argv),
      )
      return (await prepareIsolation(engine, request)).preflight
    })
  }

  private async apply(words: string[]): Promise<void> {
    const { flags } = await this.parse(
      { flags: { ...filenameFlag, ...writeFlags, ...connectionFlags, ...formats } },
      words,
    )
    const plan = await readPlanFile(flags.filename)
    await this.report(flags, async (engine) => (await rehearse(engine, plan)).report)
  }

  private async report(
    flags: Parameters<typeof connectionOptions>[0] & { 'state-namespace': string; output: string },
    ask: (engine: Engine) => Promise<PreflightReport>,
  ): Promise<void> {
    const report = await withEngine(connectionOptions(flags), flags['state-namespace'], ask)
    const { output } = flags
    if (output === 'role') process.stdout.write(await rolesYaml(report.missingRoles))
    else {
      const text = await preflightText(report, lookOf(process.stdout), { wide: output === 'wide' })
      await this.printReport(report, output, () => text)
    }
    process.exitCode = report.ready ? EXIT.yes : EXIT.no
  }
}

import { isolate, prepare } from '../src/cli/ask-isolate.ts'
import { mayCarryOut, showPlan } from '../src/cli/carry-out.ts'
import { SecureCommand } from '../src/cli/command.ts'
import { locating, recordable } from '../src/cli/command-words.ts'
import { planFlags, writeFlags } from '../src/cli/change-flags.ts'
import { connectionFlags, connectionOptions, outputFlag } from '../src/cli/flags.ts'
import { isolateArgs, isolateFlags, isolateRequest } from '../src/cli/isolate-request.ts'
import { savePlan } from '../src/cli/plan-file.ts'
import { withEngine } from '../src/cli/with-engine.ts'
import { EXIT } from '../src/errors.ts'
import type { IsolationVerdict } from '../src/isolation/report.ts'
import { isolationSummary } from '../src/terminal/isolation-summary.ts'
import { lookOf } from '../src/terminal/look.ts'

const exits: Record<IsolationVerdict, number> = {
  ISOLATED: EXIT.yes,
  PARTIAL: EXIT.no,
  'NOT ENFORCED': EXIT.no,
  UNKNOWN: EXIT.incomplete,
}

export default class Isolate extends SecureCommand {
  static override summary = 'Cut a workload off from the network, and prove it'
  static override description =
    `Shows what it will do, asks, cuts, and says what is cut, what is not, and how that was proved. ISOLATED is said only where the \
policies leave no flow open, a twin of the pod was seen cut off, and no old connection is alive (that needs --sever); else it is PARTIAL, \
NOT ENFORCED or UNKNOWN, with the reasons.

Pods go on running. What is written: a NetworkPolicy and labels of the pods (and of nodes, bindings and Secrets where asked for); for \
seconds, canary pods on the same nodes; a record of it (a Secret and a Lease) in the namespace kubectl-secure; a journal in \
$XDG_STATE_HOME/kubectl-secure; quick evidence in ./evidence-ID. "undo" takes it back.

Without a terminal nothing is changed unless --yes is given.

Exit code: 0 isolated, 1 partly or not enforced or answered no, 2 usage or nobody to ask, 3 unknown, 4 refused or failed.`

  static override usage = ['<%= command.id %> TYPE/NAME [FLAGS]', '<%= command.id %> -l SELECTOR [FLAGS]']

  static override examples = [
    {
      description: 'Cut one pod off, and the connections it has',
      command: '<%= config.bin %> <%= command.id %> pod/api-0 -n payments --sever --incident INC-42',
    },
    {
      description: 'What would it do?',
      command: '<%= config.bin %> <%= command.id %> deployment/api -n payments --dry-run=server',
    },
    {
      description: 'Leave it to the forensics pod, take its account’s rights, in a script',
      command:
        '<%= config.bin %> <%= command.id %> pod/api-0 -n payments --sever --revoke --allow-from forensics/app=toolbox --yes -o json',
    },
    { description: 'Let it back', command: '<%= config.bin %> undo INC-42' },
  ]

  static override args = isolateArgs

  static override flags = {
    ...isolateFlags,
    ...planFlags,
    ...writeFlags,
    ...connectionFlags,
    ...outputFlag(['table', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const began = Date.now()
    const { args, flags } = await this.parse(Isolate)
    const { output, yes } = flags
    await withEngine(connectionOptions(flags), flags['state-namespace'], async (engine) => {
      const command = recordable(['isolate', ...this.argv])
      const prepared = await prepare(engine, isolateRequest({ ...flags, ...args }, engine.cluster.namespace, command))
      const { plan, preflight, rehearsals, scene } = prepared
      const rehearsed = { report: preflight, previews: rehearsals }
      if (flags.save !== undefined) await savePlan(plan, flags.save)
      if (flags['dry-run'] === 'server') {
        if (output === 'table') await showPlan(engine, plan, rehearsed, { stream: process.stdout, diff: 'all' })
        else await this.printReport(preflight, output, () => '')
        process.exitCode = preflight.ready ? EXIT.yes : EXIT.no
        return
      }
      await showPlan(engine, plan, rehearsed, { stream: process.stderr, diff: yes ? 'none' : 'lasting' })
      const asked = Date.now()
      if (!(await mayCarryOut(engine, plan, rehearsed, yes))) return this.declined()
      // The time a person takes to read is not the tool's.
      const done = await isolate(engine, prepared, began + (Date.now() - asked))
      const report = { ...done, undo: `${done.undo}${locating(flags)}` }
      await this.printReport(report, output, () => isolationSummary(report, lookOf(process.stdout)))
      this.sayLimits({ gaps: scene.gaps, notes: [] }, output)
      process.exitCode = exits[report.verdict]
    })
  }
}

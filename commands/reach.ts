import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { askReach, askReachDiff } from '../src/cli/ask-reach.ts'
import { SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { allNamespacesFlag, connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { EXIT } from '../src/errors.ts'
import { parseEnd, parsePort } from '../src/network/end-text.ts'
import type { Verdict } from '../src/network/model.ts'
import type { ReachDiffReport, ReachQuery, ReachReport, ReachRow } from '../src/network/reach-report.ts'
import { reachDiffTable } from '../src/terminal/reach-diff-table.ts'
import { reachDiffMermaid, reachMermaid } from '../src/terminal/reach-mermaid.ts'
import { reachTable } from '../src/terminal/reach-table.ts'

export default class Reach extends SecureCommand {
  static override summary = 'Who reaches whom over the network, by which policy and rule'
  static override description =
    `Computed from the policies of every kind (NetworkPolicy, Admin and Cluster NetworkPolicy, Calico, Cilium L3/L4): what
the policies say, which is what happens only where the network plugin enforces them. Without FROM and TO: who reaches the
pods of the namespace. Connections that are open already are not cut by a policy.

With --diff: what a saved plan would open or cut, wherever it is.

Exit code: 0 something is allowed, 1 nothing, 3 the answer is incomplete or unknown. With --diff: 0 nothing changes, 1 something is
opened or cut, 3 incomplete or unclear.`

  static override usage = '<%= command.id %> [FROM] [TO] [FLAGS]'

  static override examples = [
    { description: 'Who reaches this pod?', command: '<%= config.bin %> <%= command.id %> any pod:payments/api-0' },
    {
      description: 'Where can it send data to?',
      command: '<%= config.bin %> <%= command.id %> pod:payments/api-0 world --port 443',
    },
    {
      description: 'A page to look at, search and pass on',
      command: '<%= config.bin %> <%= command.id %> -A -o html > reach.html',
    },
    {
      description: 'What would these manifests allow?',
      command: '<%= config.bin %> <%= command.id %> -A --snapshot ./manifests',
    },
    {
      description: 'What would this isolation cut, and what not?',
      command: `<%= config.bin %> isolate pod/api-0 -n payments --dry-run=server --save plan.json
<%= config.bin %> <%= command.id %> --diff plan.json`,
    },
  ]

  static override args = {
    from: Args.string({ description: 'pod:NS/NAME, ns:NAMESPACE, node:NAME, an address or CIDR, world, or any' }),
    to: Args.string({ description: 'the same, for the other end' }),
  }

  static override flags = {
    ...connectionFlags,
    ...allNamespacesFlag,
    ...snapshotFlag,
    port: Flags.string({ description: 'only this port: 443, 53/udp, tcp', helpValue: 'PORT/PROTOCOL' }),
    allowed: Flags.boolean({ description: 'leave out what is denied', exclusive: ['diff'] }),
    diff: Flags.string({ description: 'a saved plan: what it would open or cut', helpValue: 'PLAN' }),
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'mermaid', 'html']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Reach)
    const { output } = flags
    const [from, to] = [args.from, args.to].map((typed) => (typed === undefined ? undefined : parseEnd(typed)))
    // A plan says itself where it is about.
    const isHere =
      args.from === undefined && !flags['all-namespaces'] && (flags.diff === undefined || flags.namespace !== undefined)
    const queryIn = (namespace: string): ReachQuery => ({
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(isHere ? { to: { kind: 'namespace', namespace } } : {}),
      ...(flags.port === undefined ? {} : parsePort(flags.port)),
      ...(flags.allowed ? { verdicts: ['allowed', 'unknown'] } : {}),
    })
    if (flags.diff !== undefined) {
      const { readPlanFile } = await import('../src/cli/plan-file.ts')
      const plan = await readPlanFile(flags.diff)
      const report = await askReachDiff(flags, connectionOptions(flags), plan, queryIn(flags.namespace ?? ''))
      await this.#print(report, output)
      this.sayLimits(report, output)
      process.exitCode = exitOfDiff(report)
      return
    }
    const answer = await askReach(flags, connectionOptions(flags), queryIn)
    const seen = new Set<Verdict>()
    const rows = noting(answer.rows, seen)
    if (output === 'json') await this.printReport({ ...answer, rows }, output, () => '')
    else await this.#print({ ...answer, rows: [...rows] }, output)
    this.sayLimits(answer, output)
    process.exitCode = exitOf(answer.complete, seen)
  }

  async #print(report: ReachReport | ReachDiffReport, output: string): Promise<void> {
    if (output === 'html') {
      // Only here, so that no other format waits for what a page is made of.
      const { reachHtml } = await import('../src/terminal/reach-html.ts')
      for (const piece of reachHtml(report)) process.stdout.write(piece)
      return
    }
    await this.printReport(report, output, () => {
      const shape = { wide: output === 'wide', width: terminalWidth() }
      if (report.kind === 'ReachDiffReport')
        return output === 'mermaid' ? reachDiffMermaid(report) : reachDiffTable(report, shape)
      return output === 'mermaid' ? reachMermaid(report) : reachTable(report, shape)
    })
  }
}

/** The same rows; what they say is noted as they pass. */
function* noting(rows: Iterable<ReachRow>, seen: Set<Verdict>): Generator<ReachRow> {
  for (const row of rows) {
    for (const { verdict } of row.connections) seen.add(verdict)
    yield row
  }
}

function exitOfDiff({ complete, rows }: ReachDiffReport): number {
  const changes = rows.flatMap((row) => row.changes.map(({ change }) => change))
  if (!complete || changes.includes('unclear')) return EXIT.incomplete
  return changes.length > 0 ? EXIT.no : EXIT.yes
}

function exitOf(complete: boolean, verdicts: ReadonlySet<Verdict>): number {
  if (!complete || (verdicts.has('unknown') && !verdicts.has('allowed'))) return EXIT.incomplete
  return verdicts.has('allowed') ? EXIT.yes : EXIT.no
}

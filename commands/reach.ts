import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { askReach } from '../src/cli/ask-reach.ts'
import { SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { allNamespacesFlag, connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { EXIT } from '../src/errors.ts'
import { parseEnd, parsePort } from '../src/network/end-text.ts'
import type { ReachQuery, ReachReport } from '../src/network/reach-report.ts'
import { reachMermaid, reachTable } from '../src/terminal/reach-table.ts'

export default class Reach extends SecureCommand {
  static override summary = 'Who reaches whom over the network, by which policy and rule'
  static override description =
    `Computed from the policies of every kind (NetworkPolicy, Admin and Cluster NetworkPolicy, Calico, Cilium L3/L4): what
the policies say, which is what happens only where the network plugin enforces them. Without FROM and TO: who reaches the
pods of the namespace. Connections that are open already are not cut by a policy.

Exit code: 0 something is allowed, 1 nothing, 3 the answer is incomplete or unknown.`

  static override usage = '<%= command.id %> [FROM] [TO] [FLAGS]'

  static override examples = [
    { description: 'Who reaches this pod?', command: '<%= config.bin %> <%= command.id %> any pod:payments/api-0' },
    {
      description: 'Where can it send data to?',
      command: '<%= config.bin %> <%= command.id %> pod:payments/api-0 world --port 443',
    },
    {
      description: 'What would these manifests allow?',
      command: '<%= config.bin %> <%= command.id %> -A --snapshot ./manifests',
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
    allowed: Flags.boolean({ description: 'leave out what is denied' }),
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'mermaid']),
  }

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Reach)
    const { output } = flags
    const [from, to] = [args.from, args.to].map((typed) => (typed === undefined ? undefined : parseEnd(typed)))
    const isHere = args.from === undefined && !flags['all-namespaces']
    const queryIn = (namespace: string): ReachQuery => ({
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(isHere ? { to: { kind: 'namespace', namespace } } : {}),
      ...(flags.port === undefined ? {} : parsePort(flags.port)),
      ...(flags.allowed ? { verdicts: ['allowed', 'unknown'] } : {}),
    })
    const report = await askReach(flags.snapshot, connectionOptions(flags), queryIn)
    await this.printReport(report, output, () => {
      return output === 'mermaid'
        ? reachMermaid(report)
        : reachTable(report, { wide: output === 'wide', width: terminalWidth() })
    })
    this.sayLimits(report, output)
    process.exitCode = exitOf(report)
  }
}

function exitOf({ complete, rows }: ReachReport): number {
  const verdicts = new Set(rows.flatMap(({ connections }) => connections.map(({ verdict }) => verdict)))
  if (!complete || (verdicts.has('unknown') && !verdicts.has('allowed'))) return EXIT.incomplete
  return verdicts.has('allowed') ? EXIT.yes : EXIT.no
}

import * as Flags from '@oclif/core/flags'
import { allOf, firstOf } from '../src/attack/answer-shown.ts'
import { parseStart, parseTarget } from '../src/attack/target.ts'
import { askPaths } from '../src/cli/ask-paths.ts'
import { exitOf, SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { SecureError } from '../src/errors.ts'
import { note } from '../src/terminal/messages.ts'
import { pathsMermaid } from '../src/terminal/paths-mermaid.ts'
import { moreText, pathsTable } from '../src/terminal/paths-table.ts'
import { targetText } from '../src/terminal/paths-text.ts'

// As many a target as a reader takes in; JSON has them all.
const mostShown = 10
// As many as a page draws in good time.
const mostOnPage = 500

const { namespace: _, ...connection } = connectionFlags

export default class Paths extends SecureCommand {
  static override summary =
    'How a subject becomes more: escalation paths to cluster admin, to nodes, or to what you name'
  static override description =
    `Each path is a chain of hops: what is done (the attack rule; -o wide says what it is), what that gives, and the grant or the state of the
cluster that makes it possible. It follows from RBAC, pods, nodes, namespaces, webhooks and the like; nothing is tried. Flaws of programs, the
network and the content of secrets are not seen.

Without --from: every subject that reaches a target, but for the cluster's own; groups of everybody first, then shortest first.
With --from: the shortest path to admin and to a node; with --to as well, every path that differs in its grants.
With --cut: the smallest set of grants whose removal leaves no path, as commands to look at. Nothing is changed.

Exit code: 0 there is a path, 1 there is none, 3 the answer is incomplete.`

  static override usage = '<%= command.id %> [--from SUBJECT]… [--to TARGET]… [FLAGS]'

  static override examples = [
    { description: 'Who can become admin, or take over a node?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'This pod was broken into: how far does it get?',
      command: '<%= config.bin %> <%= command.id %> --from pod:shop/web-0',
    },
    {
      description: 'Every way it has to this secret, and the fewest grants to take away',
      command: '<%= config.bin %> <%= command.id %> --from pod:shop/web-0 --to secret:payments/stripe-key --cut',
    },
    {
      description: 'A diagram for the report',
      command: '<%= config.bin %> <%= command.id %> --to admin -o mermaid > paths.mmd',
    },
    {
      description: 'Who could, by these manifests?',
      command: '<%= config.bin %> <%= command.id %> --to admin --snapshot ./manifests',
    },
  ]

  static override flags = {
    ...connection,
    from: Flags.string({
      description:
        'whose paths: sa:NS/NAME, user:NAME, group:NAME, pod:NS/NAME or node:NAME; may be given several times',
      helpValue: 'SUBJECT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    to: Flags.string({
      description:
        'paths to what: admin, node (any), node:NAME, ns:NAMESPACE (all that is in it), secret:NS/NAME or sa:NS/NAME; may be given several times',
      helpValue: 'TARGET',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'max-hops': Flags.integer({ description: 'only paths of at most so many hops', helpValue: 'N', min: 1 }),
    cut: Flags.boolean({
      description: 'the smallest set of grants whose removal leaves no path, as a plan; nothing is changed',
      exclusive: ['max-hops'],
    }),
    ...snapshotFlag,
    ...outputFlag(['table', 'wide', 'json', 'yaml', 'mermaid', 'html']),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Paths)
    const { output, from = [], to } = flags
    if (flags.cut && output === 'mermaid')
      throw new SecureError('usage', 'a diagram does not show what --cut says', { hint: 'take -o table, html or json' })
    const { answer, source } = await askPaths(flags, connectionOptions(flags), {
      from: [...new Set(from)].map(parseStart),
      ...(to ? { to: [...new Set(to)].map(parseTarget) } : {}),
      ...(flags['max-hops'] === undefined ? {} : { maxHops: flags['max-hops'] }),
      cut: flags.cut ?? false,
    })
    if (output === 'json' || output === 'yaml') {
      const report = allOf(answer)
      await this.printReport(output === 'json' ? report : { ...report, paths: [...report.paths] }, output, () => '')
    } else if (output === 'html') {
      // Only here, so that no other format waits for what a page is made of.
      const { pathsHtml } = await import('../src/terminal/paths-html.ts')
      const origin = { source, made: new Date().toISOString() }
      for (const piece of pathsHtml(firstOf(answer, mostOnPage), origin)) process.stdout.write(piece)
    } else {
      const report = firstOf(answer, mostShown)
      const shape = { wide: output === 'wide', width: terminalWidth() }
      await this.printReport(report, output, () =>
        output === 'mermaid' ? pathsMermaid(report) : pathsTable(report, shape),
      )
      if (output === 'mermaid') for (const more of report.more ?? []) note(`not drawn: ${moreText(more)}`)
    }
    this.sayLimits(answer, output)
    const isFound = answer.rows.some(({ count }) => count !== 0)
    if (!isFound && !answer.cuts && flags['max-hops'] === undefined && output !== 'json' && output !== 'yaml')
      note(
        `no path${answer.complete ? '' : ' in what could be read'} to ${answer.query.to.map(targetText).join(' or ')}`,
      )
    process.exitCode = exitOf(isFound, answer.complete)
  }
}

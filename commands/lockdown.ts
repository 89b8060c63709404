import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { planFlags, writeFlags } from '../src/cli/change-flags.ts'
import { SecureCommand, terminalWidth } from '../src/cli/command.ts'
import { locating, recordable } from '../src/cli/command-words.ts'
import { connectionFlags, connectionOptions, outputFlag, snapshotFlag } from '../src/cli/flags.ts'
import { lockdownFlags, lockdownRequest, namespacesOf, watchTime } from '../src/cli/lockdown-request.ts'
import { EXIT } from '../src/errors.ts'
import type { LockdownReport, LockdownVerdict } from '../src/lockdown/report.ts'
import { lookOf } from '../src/terminal/look.ts'

const exits: Record<LockdownVerdict, number> = {
  ENFORCED: EXIT.yes,
  PARTIAL: EXIT.no,
  'NOT ENFORCED': EXIT.no,
  UNKNOWN: EXIT.incomplete,
}

// The namespaces are named by themselves.
const { namespace: _, ...connection } = connectionFlags

export default class Lockdown extends SecureCommand {
  static override summary = 'Close namespaces to all but what is declared, and prove it'
  static override description =
    `Shows what it will do and what would break, asks, closes, and says what is closed and how that was seen. What connects is worked out \
from Services, Ingresses, webhooks, monitors, environment variables and ConfigMaps; what is not known from those is cut off.
What other namespaces alone declare is listed apart: baseline lets it in, the other levels only by --allow.

baseline: nobody from outside of the namespace gets in but by what is published or declared; Pod Security only warns. restricted: also out of it and within \
it only what is declared, DNS and the API server; Pod Security refuses; no tokens for the default account; quotas with room. quarantine: \
nothing but what --allow names; no new pods; rights on the namespace are taken away.

Pods go on running, and connections that are open go on. What is written: NetworkPolicies, a LimitRange and a ResourceQuota; labels of the \
namespace, a field of the account default; at quarantine subjects of bindings; for seconds, canary pods; a record of it (a Secret and a \
Lease) in the namespace kubectl-secure; a journal in $XDG_STATE_HOME/kubectl-secure. "undo" takes it back.

With --snapshot, or with --emit, no cluster is changed: manifests for Git are written. Without a terminal nothing is changed unless --yes is given.

Exit code: 0 enforced (--dry-run, --snapshot, --emit: nothing would break), 1 partly or not enforced, something broke, or answered no \
(something would break), 2 usage or nobody to ask, 3 unknown or incomplete, 4 refused or failed. With --status: 0 still closed, 1 \
not closed (any more), drifted, partly undone or unfinished, 3 incomplete.`

  static override usage = ['<%= command.id %> NAMESPACE… [FLAGS]', '<%= command.id %> --status [NAMESPACE…]']

  static override examples = [
    {
      description: 'What would break?',
      command: '<%= config.bin %> <%= command.id %> shop --level restricted --dry-run=server',
    },
    {
      description: 'Close it, but leave the metrics to a scraper elsewhere, and look for five minutes at what breaks',
      command:
        '<%= config.bin %> <%= command.id %> shop --level restricted --allow from=ns:observability:9090 --watch 5m',
    },
    {
      description: 'An intruder is in it: nothing in, nothing out, nothing new',
      command: '<%= config.bin %> <%= command.id %> shop --level quarantine --incident INC-42 --yes',
    },
    {
      description: 'Policies for Git, of manifests, in a pre-commit hook or in CI',
      command: '<%= config.bin %> <%= command.id %> shop --level restricted --snapshot ./manifests --emit ./policies',
    },
    {
      description: 'Which namespaces are closed, and is it still so?',
      command: '<%= config.bin %> <%= command.id %> --status',
    },
  ]

  static override args = { namespaces: Args.string({ description: 'the namespaces to close, as one plan' }) }

  static override strict = false

  static override flags = {
    ...lockdownFlags,
    watch: Flags.string({
      description: 'look for so long at what breaks, and offer to take it back (90s, 5m)',
      helpValue: 'DURATION',
      exclusive: ['snapshot', 'emit', 'status'],
    }),
    status: Flags.boolean({
      description: 'which namespaces are closed, by which runs, and what has drifted or was opened since',
    }),
    emit: Flags.string({
      description: 'write manifests and a kustomization.yaml to a folder instead of changing a cluster',
      helpValue: 'DIR',
    }),
    'emit-patches': Flags.string({
      description: 'write what lets workloads pass Pod Security, as patches for kustomize, to a folder',
      helpValue: 'DIR',
    }),
    ...planFlags,
    ...writeFlags,
    ...snapshotFlag,
    ...connection,
    ...outputFlag(['table', 'wide', 'json', 'yaml']),
  }

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(Lockdown)
    const names = argv.map(String)
    if (flags.status) return await this.#status(names.length > 0 ? namespacesOf(names) : [], flags)
    const { request, gaps } = await lockdownRequest(flags, names, recordable(['lockdown', ...this.argv]))
    if (flags.snapshot !== undefined || flags.emit !== undefined) {
      const { askLockdownFiles } = await import('../src/cli/ask-lockdown-files.ts')
      const report = withGaps(await askLockdownFiles(flags, connectionOptions(flags), request), gaps)
      return await this.#preview(report, flags.output, true)
    }
    const watchMs = flags.watch === undefined ? undefined : watchTime(flags.watch)
    const { carryOut } = await import('../src/cli/ask-lockdown.ts')
    await carryOut({ ...flags, watchMs, where: locating(flags) }, connectionOptions(flags), request, {
      preview: async (report, ready) => await this.#preview(withGaps(report, gaps), flags.output, ready),
      declined: () => this.declined(),
      done: async (found) => {
        const report = withGaps(found, gaps)
        const { lockdownSummary } = await import('../src/terminal/lockdown-summary.ts')
        await this.printReport(report, flags.output, () => lockdownSummary(report, lookOf(process.stdout)))
        this.sayLimits(report, flags.output)
        const broke = (report.watched?.denials.length ?? 0) > 0
        process.exitCode = broke ? EXIT.no : exits[report.verdict ?? 'UNKNOWN']
      },
    })
  }

  /** What would be done, to standard output. 1: something would break, or it could not be done; 3: what would break is not all known. */
  async #preview(report: LockdownReport, output: string, ready: boolean): Promise<void> {
    const { lockdownPreview } = await import('../src/terminal/lockdown-text.ts')
    const shape = { wide: output === 'wide', width: terminalWidth() }
    await this.printReport(report, output, () => lockdownPreview(report, lookOf(process.stdout), shape))
    this.sayLimits(report, output)
    const breaks = report.namespaces.some((one) => one.breaks.length > 0)
    process.exitCode = !ready || breaks ? EXIT.no : report.complete ? EXIT.yes : EXIT.incomplete
  }

  async #status(
    names: string[],
    flags: Parameters<typeof connectionOptions>[0] & { 'state-namespace': string; output: string },
  ) {
    const [{ askLockdownStatus }, { lockdownStatusTable }] = await Promise.all([
      import('../src/cli/ask-lockdown.ts'),
      import('../src/terminal/lockdown-status-table.ts'),
    ])
    const report = await askLockdownStatus(connectionOptions(flags), flags['state-namespace'], names)
    const shape = { wide: flags.output === 'wide', width: terminalWidth(), now: new Date() }
    await this.printReport(report, flags.output, () => lockdownStatusTable(report, lookOf(process.stdout), shape))
    this.sayLimits({ gaps: report.gaps, notes: [] }, flags.output)
    const { isClosed } = await import('../src/lockdown/status.ts')
    process.exitCode = { yes: EXIT.yes, no: EXIT.no, unknown: EXIT.incomplete }[isClosed(report)]
  }
}

function withGaps(report: LockdownReport, gaps: LockdownReport['gaps']): LockdownReport {
  const all = [...report.gaps, ...gaps]
  return { ...report, gaps: all, complete: all.length === 0 }
}

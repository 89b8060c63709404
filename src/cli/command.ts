import { Command } from '@oclif/core/command'
import { EXIT } from '../errors.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { note, warnOfGaps } from '../terminal/messages.ts'
import { toJson, toYaml } from '../terminal/serialize.ts'

const rbac = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']

/** What every command of the tool has in common: the answer to standard output, gaps and notes on standard error. */
export abstract class SecureCommand extends Command {
  /**
   * Prints a report as JSON or YAML; any other format is the command's own. In one go, or in large pieces: oclif's line by
   * line is many times slower, and so is its JSON.
   */
  protected async printReport(report: object, format: string, own: () => string): Promise<void> {
    if (format === 'json') for (const piece of toJson(report)) process.stdout.write(piece)
    else process.stdout.write(format === 'yaml' ? await toYaml(report) : own())
  }

  /** The question was answered with no: that is an end, and no error. */
  protected declined(): void {
    note('nothing was changed')
    process.exitCode = EXIT.no
  }

  /** Says what is missing from an answer, and what was assumed. JSON holds both as well: there only gaps are repeated. */
  protected sayLimits({ gaps, notes }: { gaps: Gap[]; notes: string[] }, format: string): void {
    if (format !== 'json' && format !== 'yaml') for (const line of notes) note(line)
    warnOfGaps(gaps, '-o json lists them all')
    const refused = gaps.flatMap(({ resource, why }) =>
      resource !== undefined && why.includes(': 403 ') ? [resource] : [],
    )
    if (refused.length > 0) {
      // Whoever reads some of RBAC needs all of it: a binding says nothing without its role.
      const isRbac = refused.some((resource) => rbac.includes(resource))
      const wanted = [...new Set([...(isRbac ? rbac : []), ...refused])].join(', ')
      note(`the rest is seen by a user who may list ${wanted} (--context, --as)`)
    }
  }
}

/** The exit code of a yes/no question: an incomplete "no" is unknown. */
export function exitOf(found: boolean, complete: boolean): number {
  if (!complete) return EXIT.incomplete
  return found ? EXIT.yes : EXIT.no
}

/** The width answers may take: that of the terminal, where there is one. */
export function terminalWidth(): number | undefined {
  return (process.stdout.isTTY && process.stdout.columns) || undefined
}

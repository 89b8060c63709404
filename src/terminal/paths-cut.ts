import type { Cut, Removed } from '../attack/report.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { type Shape, pathText } from './paths-table.ts'
import { targetText } from './paths-text.ts'
import { refText } from './rbac-tables.ts'

const mostUncuttable = 5

/** What to take away so that nothing leads to a target any more: what each is and breaks, and the command that does it. */
export function cutText(cut: Cut, shape: Shape): string {
  const { remove, uncuttable } = cut
  const lines = [cutHeading(cut)]
  for (const removed of remove)
    lines.push(`  ${removedText(removed)}   on the paths of ${removed.breaks}`, `    ${removed.command}`)
  if (uncuttable.length > 0) lines.push(uncuttableHeading(cut))
  const blocks = uncuttable.slice(0, mostUncuttable).map((path) => pathText(path, shape))
  const more =
    uncuttable.length > mostUncuttable
      ? [`… ${uncuttable.length - mostUncuttable} more (-o json lists them all)\n`]
      : []
  return [lines.map((line) => `${escapeForTerminal(line)}\n`).join(''), ...blocks, ...more].join('')
}

/** Raw text, as those below. */
export function cutHeading({ to, remove, smallest, uncuttable }: Cut): string {
  if (remove.length === 0) {
    return uncuttable.length > 0
      ? `No grant breaks the paths to ${targetText(to)}.`
      : `There is no path to ${targetText(to)} to break.`
  }
  const grants = remove.length === 1 ? '1 grant' : `${remove.length} grants`
  const measure = smallest ? 'no smaller set does' : 'a smaller set may do as well: there are too many ways to be sure'
  return `To break every path to ${targetText(to)}, take away ${grants} (${measure}); nothing was changed:`
}

export function removedText({ grant, subject }: Removed): string {
  const who = subject ? `${formatSubject(subject)} in ` : ''
  return `${who}${refText(grant.binding)} → ${grant.roleRef.kind}/${grant.roleRef.name}`
}

export function uncuttableHeading({ uncuttable }: Cut): string {
  const count = uncuttable.length === 1 ? '1 has' : `${uncuttable.length} have`
  return `${count} a path that no grant breaks, by the state of the cluster or its own bindings:`
}

import type { AttackPath, Hop, PathsReport } from '../attack/report.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { cutText } from './paths-cut.ts'
import { becauseTexts, grantText, holdingText, hopsText, targetText } from './paths-text.ts'
import { formatTable } from './table.ts'

export type Shape = { wide: boolean; width: number | undefined }

/** Paths as blocks: who reaches what in how many hops, and a line a hop. `wide` adds what each rule is, and each object and field in full. */
export function pathsTable({ paths, more = [], cuts = [] }: PathsReport, shape: Shape): string {
  const blocks = paths.map((path) => pathText(path, shape))
  const rest = more.map((each) => `… ${moreText(each)}`)
  return [
    ...blocks,
    ...(rest.length > 0 ? [rest.map((line) => `${escapeForTerminal(line)}\n`).join('')] : []),
    ...cuts.map((cut) => cutText(cut, shape)),
  ].join('\n')
}

/** `105 more to admin`: what is not shown. Raw text. */
export function moreText({ to, from, count }: NonNullable<PathsReport['more']>[number]): string {
  const what = `${from ? `${holdingText(from)} → ` : ''}${targetText(to)}`
  return `${count ?? 'there are'} more to ${what}${count === undefined ? '' : ' (-o json lists them all)'}`
}

/** One path as its block. */
export function pathText({ from, to, hops }: AttackPath, { wide, width = Number.POSITIVE_INFINITY }: Shape): string {
  const heading = `${holdingText(from)} → ${targetText(to)} (${hopsText(hops.length)})`
  const lines = wide ? hops.flatMap(wideHop) : hopLines(hops, width)
  return [escapeForTerminal(heading), ...lines].map((line) => `${line}\n`).join('')
}

/** A line a hop with the first of what makes it possible, if there is room; the rest below. */
function hopLines(hops: readonly Hop[], width: number): string[] {
  const leads = hops.map((hop, index) => {
    const isNext = index === 0 || hops[index - 1]?.to.text === hop.from.text
    return [
      `${index + 1}${afterText(hop, index)}`,
      hop.rule,
      `${isNext ? '' : `${holdingText(hop.from)} `}→ ${holdingText(hop.to)}`,
    ]
  })
  const because = hops.map(becauseTexts)
  const beside = tableLines(leads.map((lead, index) => [...lead, because[index]?.[0] ?? '']))
  const isRoom = beside.every((line) => line.length <= width)
  const shown = isRoom ? beside : tableLines(leads)
  return shown.flatMap((line, index) => {
    const below = (because[index] ?? []).slice(isRoom ? 1 : 0)
    return [line, ...below.map((text) => `       ${escapeForTerminal(text)}`)]
  })
}

// A table without headings: the line for them is empty.
function tableLines(rows: string[][]): string[] {
  const headings = (rows[0] ?? []).map(() => '')
  return formatTable(headings, rows)
    .split('\n')
    .slice(1, -1)
    .map((line) => `  ${line}`)
}

// Which hops come together in it, where that is not just the one before.
function afterText({ needs }: Hop, index: number): string {
  const isPlain = needs.length === 0 || (needs.length === 1 && needs[0] === index - 1)
  return isPlain ? '' : ` (after ${needs.map((need) => need + 1).join('+')})`
}

function wideHop(hop: Hop, index: number): string[] {
  const { rule, title, from, to, grants } = hop
  const lines = [
    `  ${index + 1}${afterText(hop, index)}  ${rule}: ${title}`,
    `     ${holdingText(from)} → ${holdingText(to)}`,
    ...becauseTexts(hop).flatMap((text) => {
      const grant = grants.find((each) => text.startsWith(grantText(each)))
      return [`     ${text}`, ...(grant?.rule ? [`       ${ruleText(grant.rule)}`] : [])]
    }),
  ]
  return lines.map(escapeForTerminal)
}

/** A rule as kubectl's describe has its columns. Raw text. */
function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const list = (name: string, words: string[]) =>
    words.length > 0 ? [`${name} ${words.map((word) => (word === '' ? '""' : word)).join(',')}`] : []
  return [
    ...list('verbs', verbs),
    ...list('apiGroups', apiGroups),
    ...list('resources', resources),
    ...list('resourceNames', resourceNames),
    ...list('nonResourceURLs', nonResourceURLs),
  ].join('; ')
}

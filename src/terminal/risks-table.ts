import type { Finding, RisksReport } from '../risks/finding.ts'
import { whoText } from '../risks/who.ts'
import { formatTable } from './table.ts'

// No more of a finding than its cells: there may be tens of thousands.
type Row = { mark: string; cells: string[]; scopes: string[]; what: string }

/**
 * Risks as a table: a line a rule and whom it is about, with all scopes. Findings that say the same of many namespaces are one line; `-o wide`
 * has each. What is excepted is left out; with a baseline, marks tell what is new (+), changed (~) and gone (-).
 */
export function risksTable({ findings, gone }: RisksReport, { width }: { width: number | undefined }): string {
  const rows = new Map<string, Row>()
  for (const finding of findings) {
    if (finding.exception) continue
    const { severity, rule, change, scope } = finding
    const mark = change === 'new' ? '+' : change === 'changed' ? '~' : ''
    const cells = [severity, rule, whoText(finding)]
    const key = `${mark}\0${cells.join('\0')}`
    const row = rows.get(key)
    if (!row) rows.set(key, { mark, cells, scopes: [scope], what: whatText(finding) })
    else if (!row.scopes.includes(scope)) row.scopes.push(scope)
  }
  const isCompared = gone !== undefined
  const lines = Array.from(rows.values(), ({ mark, cells, scopes, what }) => [
    ...(isCompared ? [mark] : []),
    ...cells,
    scopeText(scopes),
    what,
  ])
  for (const { severity, rule, scope, title, ...about } of gone ?? []) {
    lines.push(['-', severity, rule, whoText(about), scopeText([scope]), `gone: ${title}`])
  }
  if (lines.length === 0) return ''
  const headings = ['SEVERITY', 'RULE', 'SUBJECT', 'SCOPE', 'WHAT']
  return formatTable(isCompared ? ['', ...headings] : headings, lines, width)
}

function whatText({ severity, title, reached, because, before }: Finding): string {
  const [first] = because
  const way = reached ? `: ${reached.way.map(({ to }) => to).join(' → ')}` : first === undefined ? '' : `: ${first}`
  return `${title}${way}${before ? changeText(before, severity) : ''}`
}

function changeText({ severity, evidence }: NonNullable<Finding['before']>, now: Finding['severity']): string {
  const parts = [
    ...(severity === now ? [] : [`was ${severity}`]),
    ...evidence.added.map((line) => `+ ${line}`),
    ...evidence.removed.map((line) => `- ${line}`),
  ]
  return ` (${parts.slice(0, 2).join('; ')}${parts.length > 2 ? '; …' : ''})`
}

const mostScopes = 3

function scopeText(scopes: readonly string[]): string {
  if (scopes.length <= mostScopes) return scopes.join(',')
  return `${scopes.slice(0, 2).join(',')} and ${scopes.length - 2} more`
}

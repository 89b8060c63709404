import { formatSubject } from '../rbac/subject-text.ts'
import type { GrantRow } from '../unused/grant-row.ts'
import type { UnusedReport } from '../unused/report.ts'
import { requestText, secondText } from './audit-words.ts'
import { count } from './change-text.ts'
import type { Look } from './look.ts'
import { refText } from './rbac-tables.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'
import { few, rulesText, usedText } from './unused-words.ts'

type Shape = { wide: boolean; look: Look }

/** What is granted and was not used, a line a grant; `wide` has every rule of every grant. Then what a narrowing would do. */
export function unusedText(report: UnusedReport, { wide, look }: Shape): string {
  const shown = wide ? report.grants : report.grants.filter((grant) => !isInUse(grant))
  const table = shown.length === 0 ? '' : wide ? wideTable(shown, look.width) : narrowTable(shown, look.width)
  const sheet = new Sheet()
  narrowing(sheet, report)
  return `${table}${sheet.toText(look)}`
}

/** Of when the rights are, and what the table leaves out. */
export function unusedNotes({ rbac, grants, leftOut }: UnusedReport, wide: boolean): string[] {
  const used = grants.filter(isInUse).length
  return [
    ...(rbac.taken === undefined ? [] : [`RBAC is as it was at ${rbac.taken}`]),
    ...(rbac.source === 'files' ? ['RBAC is as the manifests have it; of when they are, they do not say'] : []),
    ...(!wide && used > 0 ? [`${count(used, 'grant')} in use left out (-o wide)`] : []),
    ...(leftOut > 0
      ? [`left out: ${count(leftOut, 'grant')} of others: the control plane's own, or not of --subject`]
      : []),
  ]
}

// All of it, and nothing is unknown.
function isInUse({ verdict, rules }: GrantRow): boolean {
  return verdict === 'used' && rules.every(({ unknown }) => unknown.length === 0)
}

function narrowTable(grants: readonly GrantRow[], width: number): string {
  const rows = grants.map((grant) => [...leadOf(grant), usesText(grant), lastText(grant), unusedWords(grant)])
  return formatTable(['SUBJECT', 'BINDING', 'ROLE', 'SCOPE', 'VERDICT', 'USES', 'LAST', 'NOT USED'], rows, width)
}

function wideTable(grants: readonly GrantRow[], width: number): string {
  const headings = [
    'SUBJECT',
    'BINDING',
    'ROLE',
    'SCOPE',
    'RULE',
    'VERDICT',
    'USES',
    'LAST',
    'LINE',
    'USED',
    'NOT USED',
    'UNKNOWN',
  ]
  const rows = grants.flatMap((grant) =>
    grant.rules.map((rule) => {
      const [subject = '', binding = '', role = '', scope = ''] = leadOf(grant)
      const line = rule.at ? `${rule.at.file}:${rule.at.line}` : '-'
      const unknown = rule.unknown.map(({ rules, why }) => `${rulesText(rules)} (${why})`)
      const cells = [rule.verdict, usesText(rule), lastText(rule), line, usedText(rule), rulesText(rule.unused)]
      return [subject, binding, role, scope, String(rule.index), ...cells, unknown.join('; ') || '-']
    }),
  )
  return formatTable(headings, rows, width)
}

function leadOf({ subject, binding, roleRef, scope, verdict }: GrantRow): string[] {
  return [formatSubject(subject), refText(binding), `${roleRef.kind}/${roleRef.name}`, scope, verdict]
}

function usesText({ count: times }: { count?: number }): string {
  return times === undefined ? '-' : String(times)
}

function lastText({ last }: { last?: string }): string {
  return last === undefined ? '-' : secondText(last)
}

const [mostRules, mostWords] = [4, 6]

function unusedWords({ verdict, rules }: GrantRow): string {
  if (verdict === 'unused') return 'all of it'
  const unused = rules.flatMap((rule) => rule.unused)
  const whys = [...new Set(rules.flatMap(({ unknown }) => unknown.map(({ why }) => why)))]
  const parts = few(unused, mostRules).map((one) => (typeof one === 'string' ? one : rulesText([one], mostWords)))
  return [...parts, ...(whys.length === 0 ? [] : [`some is unknown: ${whys.join('; ')}`])].join('; ')
}

const mostLines = 20

function narrowing(sheet: Sheet, { narrowed }: UnusedReport): void {
  if (!narrowed) return
  const { applied, removed, replay } = narrowed
  sheet
    .blank()
    .lead(
      'narrowed:',
      `${count(applied.length, 'role or binding', 'roles and bindings')} to apply, ${count(removed.length, 'binding')} to delete`,
    )
  if (replay.denied.length === 0)
    return void sheet.lead('replayed:', `${count(replay.requests, 'request')} of the log, none would be refused`, {
      colour: 'green',
    })
  const times = replay.denied.reduce((sum, one) => sum + one.count, 0)
  sheet.lead('replayed:', `${times} of ${count(replay.requests, 'request')} of the log would be refused:`, {
    colour: 'red',
  })
  for (const { user, any, at, count: amount } of replay.denied.slice(0, mostLines)) {
    const asked = any.map(requestText).join(' or ') || 'write a role or binding'
    sheet.lead(`user:${user}`, `${asked}: ${count(amount, 'time')} (${at.file}:${at.line})`, { indent: 2 })
  }
  if (replay.denied.length > mostLines) sheet.line(`${replay.denied.length - mostLines} more (-o json)`, { indent: 2 })
}

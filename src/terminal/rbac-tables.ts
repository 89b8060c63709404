import type { CanReport } from '../rbac/can.ts'
import type { Query } from '../rbac/query.ts'
import type { Grant, ObjectRef, SubjectRow, WhoCanReport } from '../rbac/report.ts'
import type { Right, WhatCanReport } from '../rbac/what-can.ts'
import { formatTable } from './table.ts'

/** The answer to who-can as a table; `wide` has a line for every grant, with its whole chain. */
export function whoCanTable(
  report: WhoCanReport,
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const verified = report.subjects.some((row) => row.verified)
  const headings = ['SUBJECT', 'KIND', 'SCOPE', 'NAMES', ...(verified ? ['VERIFIED'] : []), wide ? 'GRANT' : 'VIA']
  const rows = report.subjects.flatMap((row) => whoCanRows(row, wide, verified))
  for (const { name, kind, scope, why } of report.implicit) {
    rows.push([name, kind, scope, '*', ...(verified ? ['-'] : []), `(implicit) ${why}`])
  }
  return formatTable(headings, rows, width)
}

function whoCanRows(row: SubjectRow, wide: boolean, verified: boolean): string[][] {
  const lead = [subjectName(row), row.kind, row.scope, names(row.resourceNames), ...(verified ? [verdict(row)] : [])]
  const note = row.note === undefined ? '' : ` (${row.note})`
  const members = (row.members ?? []).map(({ namespace, name, pods }) => {
    const text = pods.length === 0 ? 'no pods' : `pods ${pods.join(', ')}`
    return [`↳ ${namespace}/${name}`, 'ServiceAccount', '', '', ...(verified ? [''] : []), `member: ${text}`]
  })
  if (!wide) {
    const [first, ...more] = row.grants
    const via = first
      ? `${refText(first.binding)} → ${first.roleRef.kind}/${first.roleRef.name}`
      : (row.verified?.reason ?? '')
    return [[...lead, `${via}${more.length > 0 ? ` (+${more.length} more)` : ''}${note}`], ...members]
  }
  const chains = row.grants.map((grant) => [...lead, `${chain(grant)}${note}`])
  return [...(chains.length > 0 ? chains : [[...lead, `${row.verified?.reason ?? ''}${note}`]]), ...members]
}

export function whatCanTable(
  { rights }: WhatCanReport,
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const rows = rights.flatMap((right) => {
    const lead = [right.scope, thing(right), names(right.resourceNames), right.verbs.join(',')]
    if (wide) return right.grants.map((grant) => [...lead, chain(grant)])
    const [first, ...more] = right.grants
    const via = first ? `${refText(first.binding)} → ${first.roleRef.kind}/${first.roleRef.name}` : ''
    return [[...lead, `${via}${more.length > 0 ? ` (+${more.length} more)` : ''}`]]
  })
  return formatTable(['SCOPE', 'RESOURCE', 'NAMES', 'VERBS', wide ? 'GRANT' : 'VIA'], rows, width)
}

/** One line: the verdict and its reason; `wide` adds the grants. */
export function canText(report: CanReport, { wide }: { wide: boolean }): string[] {
  const lines = [`${report.verdict} - ${report.reason}`]
  if (wide) lines.push(...report.grants.map((grant) => `  ${chain(grant)}`))
  return lines
}

/** A query in words: `get secrets in all namespaces`. */
export function queryText(query: Query): string {
  if ('path' in query) return `${query.verb} ${query.path}`
  const { verb, group, resource, subresource, name, namespaced, scope } = query
  const type = typeText(group === '*' ? '' : group, resource, subresource)
  const where = namespaced === false ? '' : scope === '*' ? ' in all namespaces' : ` in namespace ${scope}`
  return `${verb} ${type}${name === undefined ? '' : ` ${name}`}${where}`
}

/** A grant as its whole chain: subject, binding, role, rule. Raw text. */
export function chain({ subjectMatch, binding, roleRef, rule, matchedBy, aggregatedFrom, assumed }: Grant): string {
  const subject = `${subjectMatch.kind} ${subjectMatch.namespace === undefined ? '' : `${subjectMatch.namespace}/`}${subjectMatch.name}`
  const parts = [subject, refText(binding), `${roleRef.kind}/${roleRef.name}`]
  if (rule) {
    const matched = matchedBy ? ` matched ${Object.values(matchedBy).map(token).join(' ')}` : ''
    parts.push(`rule ${rule.index}${matched}`)
  }
  const source = aggregatedFrom ? ` (aggregated from ${aggregatedFrom.join(', ')})` : ''
  return `${parts.join(' → ')}${source}${assumed ? ' (assumed: the default of Kubernetes 1.34)' : ''}`
}

function token(text: string): string {
  return text === '' ? '""' : text
}

/** An object as KIND/NAMESPACE/NAME. Raw text. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  return `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}`
}

function thing({ apiGroup, resource, url }: Right): string {
  if (url !== undefined) return url
  return typeText(apiGroup ?? '', ...splitSubresource(resource ?? ''))
}

// A rule writes `deployments/scale` in the group apps; kubectl's users write deployments.apps/scale.
function splitSubresource(resource: string): [string, string] {
  const slash = resource.indexOf('/')
  return slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash + 1)]
}

/** A type as kubectl's users write it. Raw text. */
export function typeText(group: string, resource: string, subresource: string): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`
}

function names(list: string[] | undefined): string {
  return list ? list.map(token).join(',') : '*'
}

function subjectName(row: SubjectRow): string {
  return row.kind === 'ServiceAccount' ? `${row.namespace}/${row.name}` : row.name
}

function verdict({ verified }: SubjectRow): string {
  return verified ? (verified.allowed ? 'yes' : 'NO') : '-'
}

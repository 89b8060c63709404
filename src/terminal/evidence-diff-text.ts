import type { EvidenceDiffReport, FieldChange, ObjectChange, RightChange } from '../evidence/diff/report.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import { pathText, valueText } from './evidence-diff-values.ts'
import { formatTable } from './table.ts'

const mostFields = 12
const longest = 120

/**
 * What changed between two bundles, as tables: rights that subjects have gained or lost, then a line for each field of each object. `wide` has
 * uids, groups, all fields and whole values. Nothing where nothing changed.
 */
export function evidenceDiffTable(
  report: EvidenceDiffReport,
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const key = `${report.before.journalHead} ${report.after.journalHead}`
  const rights = report.rights.flatMap(({ subject, gained, lost }) => [
    ...gained.map((right) => rightRow('gained', formatSubject(subject), right, wide)),
    ...lost.map((right) => rightRow('lost', formatSubject(subject), right, wide)),
  ])
  const changes = report.changes.flatMap((change) => changeRows(change, key, wide))
  const tables = [
    rights.length > 0 ? formatTable(['RIGHTS', 'SUBJECT', 'SCOPE', 'VERBS', 'RESOURCE', 'VIA'], rights, width) : '',
    changes.length > 0
      ? formatTable(['CHANGE', 'RESOURCE', 'OBJECT', ...(wide ? ['UID'] : []), 'CLAIMED', 'WHAT'], changes, width)
      : '',
  ]
  return tables.filter((table) => table !== '').join('\n')
}

function rightRow(how: string, subject: string, right: RightChange, wide: boolean): string[] {
  const { scope, apiGroup = '', resource = '', resourceNames, url, verbs, via } = right
  const group = apiGroup === '' || resource === '*' ? '' : `.${apiGroup}`
  const any = resource === '*' && apiGroup !== '*' ? ` of ${apiGroup === '' ? 'the core group' : apiGroup}` : ''
  const names = resourceNames ? ` ${resourceNames.join(',')}` : ''
  const ways = via.map(({ binding: { kind, namespace, name }, roleRef }) => {
    return `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name} → ${roleRef.kind}/${roleRef.name}`
  })
  const shown = wide ? ways.join('; ') : `${ways[0] ?? ''}${ways.length > 1 ? ` (+${ways.length - 1} more)` : ''}`
  return [
    how,
    subject,
    scope,
    verbs.join(','),
    url === undefined ? `${resource}${group}${any}${names}` : `URL ${url}`,
    shown,
  ]
}

function changeRows(change: ObjectChange, key: string, wide: boolean): string[][] {
  const { object, claimed, facts, uidBefore } = change
  const { group, resource, namespace, name, uid = '' } = object
  const lead = [
    change.change,
    wide && group !== '' ? `${resource}.${group}` : resource,
    namespace === undefined ? name : `${namespace}/${name}`,
    ...(wide ? [uid] : []),
    claimed ? `${claimed.time}${claimed.manager === undefined ? '' : ` ${claimed.manager}`}` : '',
  ]
  const about = [
    ...(uidBefore === undefined ? [] : [`another object of this name: uid ${uid}, was ${uidBefore}`]),
    ...facts,
  ]
  const fields = change.fields.filter((field) => wide || field.order !== true || change.fields.length === 1)
  const shown = wide ? fields : fields.slice(0, mostFields)
  const whats = [
    ...(about.length > 0 || shown.length === 0 ? [about.join('; ')] : []),
    ...shown.map((field) => fieldText(field, key, wide)),
    ...(fields.length > shown.length ? [`and ${fields.length - shown.length} more fields (-o wide)`] : []),
  ]
  return whats.map((what) => [...lead, what])
}

function fieldText({ path, before, after, order }: FieldChange, key: string, wide: boolean): string {
  const most = wide ? Number.POSITIVE_INFINITY : longest
  const [was, is] = [before, after].map((value) => valueText(value, path, key, most))
  return `${pathText(path)}${order ? ' (order)' : ''}: ${was} → ${is}`
}

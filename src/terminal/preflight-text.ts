import type { PreflightReport, RightNeeded } from '../change/reports.ts'
import { count } from './change-text.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { toYaml } from './serialize.ts'
import { formatTable } from './table.ts'

/** Whether a plan could be carried out and undone, what is in the way, and the roles that would give what is missing. */
export async function preflightText(report: PreflightReport, look: Look, options: { wide: boolean }): Promise<string> {
  const { rights, refusals, drift, notes, missingRoles } = report
  const missing = rights.filter(({ allowed }) => !allowed)
  const sheet = new Sheet()
  if (report.ready) sheet.lead('READY', readyText(rights), { colour: ['bold', 'green'] })
  else sheet.lead('NOT READY', notReadyText(missing.length, refusals.length, drift.length), { colour: ['bold', 'red'] })
  for (const { change, why } of refusals) sheet.lead('refused:', `${change}: ${why}`, { indent: 2, colour: 'red' })
  for (const line of drift) sheet.lead('drifted:', line, { indent: 2, colour: 'yellow' })
  for (const line of notes) sheet.lead('Note:', line, { colour: 'cyan' })
  const shown = options.wide ? rights : missing
  const parts = [sheet.toText(look)]
  if (shown.length > 0) parts.push('\n', rightsTable(shown, look.width))
  if (missingRoles.length > 0) {
    const before = new Sheet().blank().line('What is missing, as roles (-o role prints them alone, for kubectl apply):')
    parts.push(before.toText(look), await rolesYaml(missingRoles))
  }
  return parts.join('')
}

/** Roles as kubectl takes them: YAML documents and nothing else. */
export async function rolesYaml(roles: PreflightReport['missingRoles']): Promise<string> {
  const documents = await Promise.all(roles.map(toYaml))
  return documents.map((text) => `---\n${text}`).join('')
}

function readyText(rights: RightNeeded[]): string {
  return `all ${count(rights.length, 'right')} are there, undo's included, and the server's dry run refused nothing`
}

function notReadyText(rights: number, refusals: number, drift: number): string {
  const parts = [
    ...(rights > 0 ? [`${count(rights, 'right')} missing`] : []),
    ...(refusals > 0 ? [`${count(refusals, 'change')} refused by the server`] : []),
    ...(drift > 0 ? [`${count(drift, 'object')} not as when the plan was made`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : 'something could not be found out'
}

function rightsTable(rights: RightNeeded[], width: number): string {
  const rows = new Map<string, string[]>()
  for (const { for: use, attributes, allowed, reason } of rights) {
    const { verb, group, resource, subresource, namespace, name } = attributes
    const type = `${resource}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`
    const row = [use, verb, type, namespace ?? '*', name ?? '*', allowed ? 'yes' : 'NO', reason ?? '']
    // Several changes need the same right; one line says it.
    rows.set(JSON.stringify(row), row)
  }
  return formatTable(['FOR', 'VERB', 'RESOURCE', 'NAMESPACE', 'NAME', 'ALLOWED', 'REASON'], [...rows.values()], width)
}

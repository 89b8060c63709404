import type { IsolationReport } from '../isolation/report.ts'
import { more } from './isolation-groups.ts'
import type { Sheet } from './sheet.ts'

/** How many of a list are said; the rest is counted. */
export const most = 4

/** The warnings but those of what goes on beside all policies, each with what to do about it. */
export function addWarnings(sheet: Sheet, report: IsolationReport): void {
  const warnings = report.warnings.filter(({ kind }) => kind !== 'bypass')
  for (const [index, { kind, text, next }] of warnings.slice(0, most).entries()) {
    const label = index === 0 ? 'Watch out' : ''
    sheet.field(label, `${kind}: ${ownText(report, text)}`, { colour: ['bold', 'yellow'] })
    if (next !== undefined) sheet.lead('→', next, { indent: 14 })
  }
  if (warnings.length > most) sheet.field('', more(warnings.length - most))
}

/** A warning as it is read aloud: of one pod everything is about that pod, and a digest is known by its first digits. */
export function ownText({ pods: [pod, ...others] }: IsolationReport, text: string): string {
  const prefix = pod && others.length === 0 ? `${pod.namespace}/${pod.name}: ` : ''
  const own = prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text
  return own.replace(/(sha256:[\da-f]{12})[\da-f]{52}/g, '$1…')
}

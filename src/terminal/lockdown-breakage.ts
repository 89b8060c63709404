import type { Breakage } from '../lockdown/model.ts'
import { sourceText } from '../lockdown/network/words.ts'
import type { LockdownNamespace } from '../lockdown/report.ts'
import { count } from './change-text.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'

/** So many rows of a list are shown unless all are asked for. */
export const few = 40

/** Everything that would stop, what is certain first, and how to keep each. */
export function breakageText(
  namespaces: readonly LockdownNamespace[],
  look: Look,
  { wide }: { wide: boolean },
): string {
  const breaks = namespaces.flatMap((one) => one.breaks)
  const sheet = new Sheet().blank()
  if (breaks.length === 0) return sheet.line('Nothing that is known would break.', { colour: 'green' }).toText(look)
  const certain = breaks.filter(({ certainty }) => certainty === 'certain')
  const possible = breaks.filter(({ certainty }) => certainty === 'possible')
  for (const [title, list] of [
    [`${count(certain.length, 'thing')} would break:`, certain],
    [`${count(possible.length, 'thing')} may break:`, possible],
  ] as const) {
    if (list.length === 0) continue
    sheet.line(title, { colour: list === certain ? ['bold', 'red'] : ['bold', 'yellow'] })
    const shown = wide ? list : list.slice(0, few)
    for (const one of shown) addBreakage(sheet, one, wide)
    if (shown.length < list.length) sheet.line(`and ${list.length - shown.length} more (-o wide)`, { indent: 2 })
  }
  return sheet.toText(look)
}

function addBreakage(sheet: Sheet, { of, text, evidence, keep }: Breakage, wide: boolean): void {
  const whose = `${of.kind} ${of.namespace === '' || of.kind === 'Namespace' ? '' : `${of.namespace}/`}${of.name}`
  sheet.lead('-', `${whose}: ${text}`, { indent: 2 })
  const sources = (wide ? evidence : evidence.slice(0, 2)).map(
    (source) => `${sourceText(source)}${wide && source.at !== undefined ? ` (${source.at})` : ''}`,
  )
  if (evidence.length > sources.length) sources.push(`and ${evidence.length - sources.length} more`)
  sheet.field('because', sources, { indent: 4 })
  if (keep !== undefined) sheet.field('keep it', keep, { indent: 4, wrap: false })
}

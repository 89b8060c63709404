import { foreignNotes } from '../lockdown/network/words.ts'
import type { AllowedTry, LockdownNamespace, LockdownReport, LockdownVerdict } from '../lockdown/report.ts'
import { count } from './change-text.ts'
import type { Colour, Look } from './look.ts'
import { Sheet } from './sheet.ts'

export const verdictColours: Record<LockdownVerdict, Colour> = {
  ENFORCED: ['bold', 'green'],
  PARTIAL: ['bold', 'yellow'],
  'NOT ENFORCED': ['bold', 'red'],
  UNKNOWN: ['bold', 'magenta'],
}
const meanings: Record<LockdownVerdict, string> = {
  ENFORCED: 'Closed: nothing that was looked at is open but by the rules.',
  PARTIAL: 'NOT fully closed. Something is, and something is open or not proved:',
  'NOT ENFORCED': 'NOT closed. The policies are in place, and nothing carries them out:',
  UNKNOWN: 'It could NOT be seen. Treat it as open:',
}
const mostReasons = 6

/** A lockdown once it is done: the verdict of each namespace, how it was seen, and how to take it back. */
export function lockdownSummary(report: LockdownReport, look: Look): string {
  const { namespaces, level, undo, verdict = 'UNKNOWN', run, watched } = report
  const sheet = new Sheet()
  const names = namespaces.map(({ namespace }) => namespace).join(', ')
  sheet.lead(verdict, `${names}: level ${level}, ${report.parts.join(', ')}`, { colour: verdictColours[verdict] })
  for (const one of namespaces) addNamespace(sheet, one, namespaces.length > 1)
  if (run && run.state !== 'applied') sheet.lead('Warning:', `the run is ${run.state}`, { colour: 'yellow' })
  for (const line of run?.warnings ?? []) sheet.lead('Warning:', line, { colour: 'yellow' })
  for (const line of foreignWarnings(namespaces)) sheet.lead('Warning:', line, { colour: 'yellow' })
  const broken = namespaces.flatMap(({ breaks }) => breaks).filter(({ certainty }) => certainty === 'certain').length
  if (broken > 0) sheet.field('Broken', `${count(broken, 'thing')}, as was said before`)
  if (watched && watched.denials.length > 0) {
    sheet.field(
      'Since then',
      watched.denials.map(({ of, text }) => `${of.kind} ${of.namespace}/${of.name}: ${text}`),
      { colour: ['bold', 'red'] },
    )
  }
  if (undo !== undefined) sheet.field('Undo', undo, { wrap: false })
  return sheet.toText(look)
}

function addNamespace(
  sheet: Sheet,
  { namespace, verdict = 'UNKNOWN', reasons = [], proof, rules }: LockdownNamespace,
  several: boolean,
) {
  if (several) sheet.lead(verdict, namespace, { indent: 2, colour: verdictColours[verdict] })
  const indent = several ? 4 : 2
  sheet.line(meanings[verdict], { indent })
  for (const reason of reasons.slice(0, mostReasons)) sheet.lead('-', reason, { indent: indent + 2 })
  if (reasons.length > mostReasons)
    sheet.line(`and ${reasons.length - mostReasons} more (-o json)`, { indent: indent + 2 })
  const seen = proof?.probes.filter(({ result }) => result === 'enforced') ?? []
  if (seen.length > 0) {
    const nodes = new Set(seen.map(({ node }) => node)).size
    sheet.field(
      'Proof',
      [
        `${count(seen.length, 'twin')} on ${count(nodes, 'node')}: what is denied did not connect, while plain pods did`,
        ...(rules.length === 0 ? [] : [allowedText(proof?.allowed ?? [])]),
      ],
      { indent },
    )
  }
  if (rules.length > 0)
    sheet.field('Allowed', `${count(rules.length, 'rule')} (--dry-run=server lists them)`, { indent })
}

/** What was seen of what the rules let through; that nothing was is no success. */
function allowedText(tries: readonly AllowedTry[]): string {
  if (tries.length === 0) return '0 allowed connections tried: that what rules let through works was not seen'
  const through = tries.filter(({ seen }) => seen === 'connects' || seen === 'refused').length
  return `${through} of ${count(tries.length, 'allowed connection')} tried got through`
}

/** What is let in on nobody's word but other namespaces'. */
export function foreignWarnings(namespaces: readonly LockdownNamespace[]): string[] {
  return foreignNotes(namespaces.flatMap(({ foreign }) => foreign.filter(({ open }) => open)))
}

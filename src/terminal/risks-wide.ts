import type { Finding, RisksReport } from '../risks/finding.ts'
import { whoText } from '../risks/who.ts'
import type { Colour, Look } from './look.ts'
import { chain } from './rbac-tables.ts'
import { Sheet } from './sheet.ts'

const colours: Record<Finding['severity'], Colour> = { critical: 'red', high: 'red', medium: 'yellow', low: 'cyan' }

/** Risks one by one, in pieces: each with why, by which grants and state, and what settles it. What is excepted is left out. */
export function* risksWide({ findings, gone = [] }: RisksReport, look: Look): Generator<string> {
  for (const finding of findings) if (!finding.exception) yield sheetOf(finding).toText(look)
  for (const { severity, rule, id, title, scope, ...about } of gone) {
    const sheet = new Sheet().lead(`gone ${severity}`, `${title}: ${whoText(about)} in ${scope} (${rule})`, {
      colour: 'green',
    })
    yield sheet.field('id', id, { indent: 2, wrap: false }).blank().toText(look)
  }
}

function sheetOf(finding: Finding): Sheet {
  const {
    severity,
    title,
    scope,
    id,
    why,
    because,
    reached,
    grants,
    moreBindings,
    state,
    fix,
    reference,
    change,
    before,
    location,
  } = finding
  const mark = change === undefined ? '' : `${change} `
  const sheet = new Sheet().lead(`${mark}${severity}`, `${title}: ${whoText(finding)} in ${scope}`, {
    colour: colours[severity],
  })
  const options = { indent: 2 }
  const add = (label: string, texts: readonly string[], wrap = true) =>
    texts.length > 0 && sheet.field(label, texts, { ...options, wrap })
  add('id', [id], false)
  add('why', [why])
  add('severity', [because.join('; ')])
  if (reached)
    add(
      'way',
      reached.way.map(({ rule, to }) => `${rule} → ${to}`),
    )
  add('grants', [...grants.map(chain), ...(moreBindings === undefined ? [] : [`and ${moreBindings} bindings more`])])
  add(
    'state',
    state.map(
      ({ kind, namespace, name, field, says }) =>
        `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${field === undefined ? '' : `${field} `}${says}`,
    ),
  )
  if (before) {
    const lines = [
      ...before.evidence.added.map((line) => `+ ${line}`),
      ...before.evidence.removed.map((line) => `- ${line}`),
    ]
    add('before', [...(before.severity === severity ? [] : [before.severity]), ...lines])
  }
  if (location) add('where', [`${location.file}:${location.line}`], false)
  add('fix', [fix.text])
  add('', fix.commands, false)
  add('see', [reference], false)
  return sheet.blank()
}

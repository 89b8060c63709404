import type { ActorAnswer, ActorRow } from '../could-did/actor-rows.ts'
import type { Compared } from '../could-did/compare.ts'
import type { CouldDidReport } from '../could-did/report.ts'
import { actorText, requestText, secondText } from './audit-words.ts'
import { count } from './change-text.ts'
import { coverageTable, coverageText } from './coverage-text.ts'
import type { Look } from './look.ts'
import { chain, refText, typeText } from './rbac-tables.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

/** Each actor: what they did beside what they may, what of it does not go together, and what the answer is worth. */
export function couldDidText(report: CouldDidReport, { wide, look }: { wide: boolean; look: Look }): string {
  const actors = wide ? report.actors : report.actors.filter(({ routine }) => routine === undefined)
  const table = wide ? wideTable(actors, look.width) : narrowTable(actors, report.everyone, look.width)
  const sheet = new Sheet()
  section(sheet, 'did, and may no longer', actors, ({ mayNoLonger }) => mayNoLonger.map(noLongerText))
  section(sheet, 'was refused, and may now', actors, ({ mayNow }) => mayNow.map(askedText))
  section(sheet, 'tried, and may not', actors, ({ mayNot }) => mayNot.map(askedText))
  section(sheet, 'did, and whether they still may is not known', actors, ({ unclear }) => unclear.map(askedText))
  changes(sheet, actors)
  if (report.everyone.length > 0) sheet.lead('everyone who is authenticated may:', report.everyone.join(', ')).blank()
  const answers = { ...report, findings: didOf(report) }
  const worth = wide ? coverageTable(answers, look.width) : coverageText(answers, look)
  return `${actors.length > 0 ? `${table}\n` : ''}${sheet.toText(look)}${worth}`
}

/** How many actors the table leaves out unless it is wide. */
export function routineActors({ actors }: CouldDidReport): number {
  return actors.filter(({ routine }) => routine !== undefined).length
}

/** Of when the rights are, and who is left out. */
export function couldDidNotes({ rbac, others }: CouldDidReport): string[] {
  const of =
    rbac.taken === undefined
      ? 'as the manifests have it; of when they are, they do not say'
      : `as it was at ${rbac.taken}`
  return [
    `RBAC is ${of}`,
    ...(others > 0 ? [`left out: ${count(others, 'actor')} who did nothing of this, and may not`] : []),
  ]
}

function narrowTable(actors: ActorRow[], everyone: string[], width: number): string {
  const rows = actors.map((actor) => {
    const did = actor.answers.filter(({ unseen }) => unseen === undefined).map(didText)
    const more = actor.answers.filter(({ unseen, question }) => unseen !== undefined && !everyone.includes(question))
    return [actorText(actor), list(did), list(more.map(unseenText))]
  })
  return formatTable(['ACTOR', 'DID', 'MAY, AND WAS NOT SEEN TO'], rows, width)
}

function list(texts: string[]): string {
  return texts.length === 0 ? '-' : texts.join(', ')
}

function didText({ question, counts }: ActorAnswer): string {
  const parts = Object.entries(counts).map(([result, amount]) =>
    result === 'done' ? String(amount) : `${amount} ${result}`,
  )
  return `${question} ${parts.join(' + ')}`
}

// Where they may in some namespaces alone, that is what matters.
function unseenText({ question, could }: ActorAnswer): string {
  const scopes = [...new Set(could.rights.map(({ scope }) => scope))]
  if (scopes.length === 0 || scopes.includes('*')) return question
  return `${question} (${scopes.length > 3 ? count(scopes.length, 'namespace') : scopes.join(' ')})`
}

function wideTable(actors: ActorRow[], width: number): string {
  const headings = [
    'ACTOR',
    'QUESTION',
    'DID',
    'FIRST',
    'LAST',
    'COULD',
    'SCOPE',
    'NAMES',
    'VERBS',
    'RESOURCE',
    'ROUTINE',
    'GRANT',
  ]
  const rows = actors.flatMap((actor) =>
    actor.answers.flatMap((answer) => {
      const { question, first = '-', last = '-', could, unseen } = answer
      const did = unseen === undefined ? didText(answer).slice(question.length + 1) : 'not seen'
      const lead = [actorText(actor), question, did, first, last, could.answer]
      const end = actor.routine ?? '-'
      if (could.rights.length === 0) return [[...lead, '-', '-', '-', '-', end, could.why ?? '-']]
      return could.rights.flatMap(({ scope, resourceNames, verbs, group, resource, subresource, grants }) => {
        const right = [
          scope,
          resourceNames?.join(',') ?? '*',
          verbs.join(','),
          typeText(group, resource, subresource),
          end,
        ]
        return grants.map((grant) => [...lead, ...right, chain(grant)])
      })
    }),
  )
  return formatTable(headings, rows, width)
}

const mostLines = 10

function section(sheet: Sheet, title: string, actors: ActorRow[], texts: (answer: ActorAnswer) => string[]): void {
  const lines = actors.flatMap((actor) =>
    actor.answers.flatMap((answer) => texts(answer).map((text) => [actorText(actor), text] as const)),
  )
  if (lines.length === 0) return
  sheet.line(`${title}:`, { colour: 'bold' })
  for (const [actor, text] of lines.slice(0, mostLines)) sheet.lead(actor, text, { indent: 2 })
  more(sheet, lines.length)
}

function more(sheet: Sheet, amount: number): void {
  if (amount > mostLines) sheet.line(`${amount - mostLines} more (-o json)`, { indent: 2 })
  sheet.blank()
}

function askedText({ request, count: amount, last }: Compared): string {
  return `${requestText(request)}: ${count(amount, 'time')}, last ${secondText(last)}`
}

function noLongerText(one: Compared): string {
  const by = one.allowedBy === undefined ? 'it' : refText(one.allowedBy.binding)
  const causes: Record<NonNullable<Compared['cause']>, string> = {
    'binding-gone': `${by} allowed it, and is gone`,
    'no-longer-named': `${by} allowed it, and no longer names them`,
    'role-changed': `${by} allowed it, and its role no longer does`,
    'not-by-rbac': `no rule of RBAC allowed it: ${one.reason}`,
    unknown: 'the log does not say what allowed it',
  }
  return `${askedText(one)}; ${causes[one.cause ?? 'unknown']}`
}

function changes(sheet: Sheet, actors: ActorRow[]): void {
  const lines = actors.flatMap((actor) => actor.changes.map((write) => [actorText(actor), write] as const))
  if (lines.length === 0) return
  sheet.line('rights changed:', { colour: 'bold' })
  for (const [actor, write] of lines.slice(0, mostLines)) {
    const { time, verb, kind, namespace, name = '(all)', afterRbac } = write
    const after = afterRbac ? ' (later than the RBAC of this answer)' : ''
    const text = `${secondText(time)} by ${actorText(write)}: ${verb} ${refText({ kind, name, ...(namespace !== undefined && { namespace }) })}${after}`
    sheet.lead(actor, text, { indent: 2 })
  }
  more(sheet, lines.length)
}

// As the words on what an answer is worth count them.
function didOf({ actors }: CouldDidReport): { question: string; routine?: string }[] {
  return actors.flatMap(({ answers, routine }) =>
    answers.flatMap(({ question, unseen }) =>
      unseen === undefined ? [{ question, ...(routine !== undefined && { routine }) }] : [],
    ),
  )
}

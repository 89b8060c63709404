import type { QuestionCoverage } from '../audit-log/coverage/coverage.ts'
import type { Trust } from '../audit-log/pass.ts'
import type { Finding } from '../audit-log/questions/finding.ts'
import { count } from './change-text.ts'
import type { Colour, Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

type Answers = Pick<Trust, 'coverage' | 'gaps'> & { findings: Pick<Finding, 'question' | 'routine'>[] }
type Answer = 'found' | 'found, maybe more' | 'none' | 'unknown' | 'unanswerable'

const colours: Record<Answer, Colour> = {
  found: 'bold',
  'found, maybe more': 'bold',
  none: 'green',
  unknown: 'yellow',
  unanswerable: 'yellow',
}

/** What each answer is worth, questions with the same reasons together: "none" stands only where the log would have shown it. */
export function coverageText(answers: Answers, look: Look): string {
  const groups = new Map<string, { answer: Answer; asked: string[]; whys: string[] }>()
  for (const one of answers.coverage) {
    const { answer, amount } = answerOf(one, answers)
    const known = [...new Set(lacking(one).flatMap(({ why }) => why))].toSorted()
    const whys = answer === 'unknown' && known.length === 0 ? ['part of the log could not be read'] : known
    const key = JSON.stringify([answer, whys])
    const group = groups.get(key) ?? { answer, asked: [], whys }
    group.asked.push(amount === '' ? one.question : `${one.question} ${amount}`)
    groups.set(key, group)
  }
  const sheet = new Sheet()
  for (const { answer, asked, whys } of [...groups.values()].toSorted((a, b) => rank(a.answer) - rank(b.answer))) {
    sheet.lead(`${answer}:`, asked.join(', '), { colour: colours[answer] })
    for (const why of whys.slice(0, 3)) sheet.lead('-', why, { indent: 2 })
    if (whys.length > 3) sheet.lead('-', `${count(whys.length - 3, 'more reason')} (-o wide)`, { indent: 2 })
  }
  const [only] = answers.coverage.length === 1 ? answers.coverage : []
  if (only?.blind !== undefined) sheet.lead('no audit log shows:', only.blind, { colour: 'cyan' })
  return sheet.toText(look)
}

/** The same, a line each, with every kind of request that it takes and what no log shows. */
export function coverageTable(answers: Answers, width: number | undefined): string {
  const rows = answers.coverage.map((one) => {
    const { answer, amount } = answerOf(one, answers)
    const whys = lacking(one).map(({ need, why }) => `${needText(need)}: ${why.join('; ')}`)
    const blind = one.blind === undefined ? [] : [`no log shows ${one.blind}`]
    return [one.question, amount === '' ? answer : `${answer}: ${amount}`, one.verdict, [...whys, ...blind].join('; ')]
  })
  return formatTable(['QUESTION', 'ANSWER', 'COVERAGE', 'WHY'], rows, width)
}

function answerOf(
  { question, verdict }: QuestionCoverage,
  { findings, gaps }: Answers,
): { answer: Answer; amount: string } {
  const found = findings.filter((one) => one.question === question)
  const isSure = verdict === 'answerable' && gaps.length === 0
  if (found.length > 0) {
    const routine = found.filter((one) => one.routine !== undefined).length
    const parts = [
      ...(found.length > routine ? [found.length - routine] : []),
      ...(routine > 0 ? [`${routine} routine`] : []),
    ]
    return { answer: isSure ? 'found' : 'found, maybe more', amount: parts.join(' + ') }
  }
  if (verdict === 'unanswerable') return { answer: 'unanswerable', amount: '' }
  return { answer: isSure ? 'none' : 'unknown', amount: '' }
}

function rank(answer: Answer): number {
  return Object.keys(colours).indexOf(answer)
}

function lacking({ needs }: QuestionCoverage): QuestionCoverage['needs'] {
  return needs.filter(({ verdict }) => verdict !== 'logged')
}

function needText({
  verb,
  group,
  resource,
  subresource,
  path,
  user,
}: QuestionCoverage['needs'][number]['need']): string {
  const of = path ?? `${resource ?? ''}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`
  return `${verb} ${of}${user === undefined ? '' : user === 'none' ? ' (401)' : ` by ${user.name}`}`
}

/** Which time a log spans, and where it is silent; what was read. */
export function readNotes({ read, span }: Pick<Trust, 'read' | 'span'>): string[] {
  const { files, lines, events, foreign, salvaged } = read
  const counts = [
    count(files.length, 'file'),
    count(lines, 'line'),
    count(events, 'event'),
    ...(foreign > 0 ? [`${count(foreign, 'line')} of something else`] : []),
    ...(salvaged > 0 ? [`${salvaged} of the events not whole`] : []),
  ].join(', ')
  if (!span)
    return [`read ${counts}; only lines with words of the question were looked at, and not which time the log spans`]
  const { first, last, silences } = span
  const time = first === undefined ? 'no time is known' : `from ${first} to ${last ?? first}`
  const silent = silences
    .slice(0, 5)
    .map(({ from, to }) => `the log is silent from ${from} to ${to}: files may be missing`)
  const more = silences.length - silent.length
  return [`read ${counts}, ${time}`, ...silent, ...(more > 0 ? [`${more} more silences (-o json)`] : [])]
}

/** What a narrow table leaves out. */
export function routineNote(left: number): string {
  return `${left} of the control plane's own routine left out (-o wide); whoever holds its credentials holds the cluster`
}

import type { Lane, LaneRow, Lanes } from '../playbook/report/model.ts'
import { count } from './change-text.ts'
import { type Block, heading, type Inline, name, said } from './playbook-report-document.ts'

const mostNotes = 20

/** Who did what when, in lanes, and what of that is not known. */
export function timelineBlocks({ suspects, rows, cut, read, complete, gaps, notes }: Lanes): Block[] {
  const limits: Inline[] = [
    ...suspects.map(
      ({ user, by }): Inline => [
        'The lane of the intruder has what was done as ',
        name(user),
        ' (',
        said(by),
        '). Whoever else acts as them is in it too, the workloads that are meant to as well.',
      ],
    ),
    ...cut.map(({ lane, rows: more }): Inline => [`${count(more, 'row')} of the lane ${lane} left out.`]),
    ...(rows.some(({ clockUnknown }) => clockUnknown)
      ? [['Times with ? are by a clock that nobody knows how far it is off.']]
      : []),
    ...notes.slice(0, mostNotes).map((one): Inline => [said(one)]),
    ...gaps
      .slice(0, mostNotes)
      .map(({ what, why, hides }): Inline => ['Not seen: ', said(`${what}: ${why}; hides ${hides}`)]),
  ]
  const sources: Inline =
    read.length === 0
      ? ['Of the journals alone: no evidence and no audit log was read.']
      : [
          'Of the journals and ',
          ...read.flatMap((one, index): Inline => (index === 0 ? [name(one)] : [', ', name(one)])),
          `. All times are UTC.${complete ? '' : ' That something is not in them does not prove that it did not happen.'}`,
        ]
  return [
    heading('Timeline'),
    { kind: 'text', ...(read.length === 0 || !complete ? { tone: 'odd' as const } : {}), text: sources },
    { kind: 'lanes', rows },
    ...(limits.length > 0 ? [{ kind: 'list' as const, items: limits.map((text) => ({ text })) }] : []),
  ]
}

/** Who did it, as pieces. */
export function actorText({ actor, claimed, as }: LaneRow): Inline {
  return [name(actor), ...(claimed ? [' (claimed)'] : []), ...(as === undefined ? [] : [' as ', name(as)])]
}

/** What a row says was done, as pieces: what, of which object, from where, what came of it. */
export function deedText({ what, object, from, outcome, count: times, attack, corrected, until }: LaneRow): Inline {
  return [
    said(what),
    ...(object === undefined ? [] : [' on ', name(object)]),
    ...(from === undefined ? [] : [' from ', name(from)]),
    ...(outcome === undefined ? [] : [', ', said(outcome)]),
    ...(times > 1 ? [`, ${times} times`] : []),
    ...(until === undefined ? [] : [` until ${laterText(corrected, until)}`]),
    ...(attack.length > 0 ? [' [', said(attack.join(', ')), ']'] : []),
  ]
}

// The day is said where it is another one.
function laterText(from: string, until: string): string {
  const [day = '', clock = ''] = clockText(until).split(' ')
  return clockText(from).startsWith(day) ? clock : clockText(until)
}

/** `2026-11-21 03:00:12.345`; what is no time is not shown. */
export function clockText(time: string): string {
  const [, day, clock, fraction = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,3})?/.exec(time) ?? []
  return day === undefined ? 'time unknown' : `${day} ${clock}${fraction}`
}

/** The lanes that are shown: there are always two sides, whether anything is known of both or not. */
export function lanesWith(rows: readonly LaneRow[]): Lane[] {
  return rows.some(({ lane }) => lane === 'other') ? ['responder', 'intruder', 'other'] : ['responder', 'intruder']
}

export const laneNames = { responder: 'Responders', intruder: 'Intruder', other: 'Others' } as const

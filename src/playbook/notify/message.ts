import { escapeForTerminal } from '../../text/terminal.ts'

/** What is said, the same for every channel; all of it may have hostile text in it. */
export type Message = {
  /** Of the run and step: the same again after a resume, so that who can tell a repetition does. */
  id: string
  /** The run: all its messages belong together. */
  run: string
  summary: string
  details: string[]
  time: string
  /** True where an earlier try may have arrived. */
  repeated?: true
}

/** One line, without anything that moves a cursor, hides, or ends a header; at most `most` characters. */
export function oneLine(text: string, most: number): string {
  const characters = Array.from(escapeForTerminal(text.replaceAll(/[\r\n\t]+/g, ' ')))
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`
}

/** The whole of it as plain lines. */
export function plainText({ summary, details, run, repeated }: Message): string {
  const lines = [
    summary,
    ...details,
    `run ${run}${repeated ? ' (an earlier try of this message may have arrived)' : ''}`,
  ]
  return lines.map((line) => oneLine(line, 2000)).join('\n')
}

import { escapeForTerminal } from '../text/terminal.ts'
import type { Colour, Look } from './look.ts'

type Line = { lead: string; colour?: Colour; text: string; indent: number; hang: number; wrap: boolean }
type Options = { indent?: number; colour?: Colour }
type FieldOptions = Options & { /** false: it is to be copied, and never wrapped. */ wrap?: boolean }

const labelWidth = 12

/**
 * A report for people, line by line: the one place where its words are escaped, wrapped and coloured. What is added is
 * raw text, however hostile.
 */
export class Sheet {
  readonly #lines: Line[] = []

  /** A sentence; further lines of it stand below its first word. */
  line(text: string, { indent = 0, colour }: Options = {}): this {
    return this.#add({ lead: '', text, indent, hang: indent, wrap: true, ...(colour ? { colour } : {}) })
  }

  /** A word that carries the colour, and what it is about. */
  lead(lead: string, text: string, { indent = 0, colour = 'bold' }: Options = {}): this {
    return this.#add({ lead, colour, text, indent, hang: indent + lead.length + 2, wrap: true })
  }

  /** Text under a label that stands on the left of the first line alone. */
  field(label: string, texts: string | readonly string[], options: FieldOptions = {}): this {
    const { indent = 0, colour = 'bold', wrap = true } = options
    for (const [index, text] of (typeof texts === 'string' ? [texts] : texts).entries()) {
      const lead = (index === 0 ? label : '').padEnd(labelWidth - 2)
      this.#add({ lead, colour, text, indent, hang: indent + labelWidth, wrap })
    }
    return this
  }

  blank(): this {
    return this.#add({ lead: '', text: '', indent: 0, hang: 0, wrap: false })
  }

  toText({ width, paint }: Look): string {
    return this.#lines.map((line) => render(line, width, paint)).join('')
  }

  #add(line: Line): this {
    this.#lines.push(line)
    return this
  }
}

function render({ lead, colour, text, indent, hang, wrap }: Line, width: number, paint: Look['paint']): string {
  const shown = escapeForTerminal(text)
  const room = Math.max(width - hang, 20)
  const [first = '', ...rest] = wrap ? wrapped(shown, room) : [shown]
  const colouredLead = lead.trim() === '' || !colour ? escapeForTerminal(lead) : paint(colour, escapeForTerminal(lead))
  const body = (part: string) => (colour && lead === '' && part !== '' ? paint(colour, part) : part)
  const start =
    ' '.repeat(indent) + (lead === '' ? body(first) : first === '' ? colouredLead : `${colouredLead}  ${first}`)
  return [start, ...rest.map((part) => ' '.repeat(hang) + body(part))].map((line) => `${line.trimEnd()}\n`).join('')
}

// Breaks at single spaces only and takes none but those away; a word that is longer than the line stays whole.
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line: string | undefined
  for (const word of text.split(' ')) {
    if (line !== undefined && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === undefined ? word : `${line} ${word}`
  }
  return [...lines, line ?? '']
}

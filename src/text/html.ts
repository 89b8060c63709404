import { escapeHostile } from './json.ts'
import { escapeCell, escapeForTerminal } from './terminal.ts'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/**
 * Text for HTML, between tags or in a quoted attribute (never in a tag, a script, a style or an address). What is hostile
 * to a reader is shown as in a table: no two names look the same.
 */
export function escapeHtml(text: string): string {
  return withEntities(escapeCell(text))
}

/** The same for a line that is to be copied, as a command is: its spaces stay as they are. */
export function escapeHtmlLine(text: string): string {
  return withEntities(escapeForTerminal(text))
}

function withEntities(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
}

/** A value as JSON for a `<script type="application/json">`: the same value, and nothing in it ends the element or starts another. */
export function jsonInHtml(value: unknown): string {
  return escapeHostile(JSON.stringify(value)).replace(/[<>&]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

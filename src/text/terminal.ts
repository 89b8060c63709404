import { hostileCharacters } from './hostile.ts'

/**
 * Text that is safe to print on one line of a terminal: every hostile character is shown as `\u{hex}`. So is a
 * backslash that would read as the start of such an escape, so that nothing can pass for another name.
 */
export function escapeForTerminal(text: string): string {
  return text.replace(/\\(?=u\{)/g, '\\u{5c}').replace(hostileCharacters, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/**
 * The same for a name that stands among others, as in a table: spaces that could be taken for the gap between columns, or
 * for no space at all, are shown too.
 */
export function escapeCell(text: string): string {
  return escapeForTerminal(text).replace(/^ +| +$| {2,}|(?! )[\p{Zs}\u2800]/gu, (spaces) => {
    return Array.from(spaces, (space) => `\\u{${(space.codePointAt(0) ?? 0).toString(16)}}`).join('')
  })
}

/** Lines that are safe to print, each ended. */
export function escapeLines(lines: readonly string[]): string {
  return lines.map((line) => `${escapeForTerminal(line)}\n`).join('')
}

/** The text that escapeForTerminal showed, so that a name can be copied from an answer into the next question. */
export function unescapeFromTerminal(shown: string): string {
  return shown.replace(/\\u\{([0-9a-f]{1,6})\}/g, (escape, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : escape
  })
}

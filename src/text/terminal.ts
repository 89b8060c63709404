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

/** The text that escapeForTerminal showed, so that a name can be copied from an answer into the next question. */
export function unescapeFromTerminal(shown: string): string {
  return shown.replace(/\\u\{([0-9a-f]{1,6})\}/g, (escape, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : escape
  })
}

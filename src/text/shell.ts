import { hostileCharacters } from './hostile.ts'
import { escapeForTerminal } from './terminal.ts'

/**
 * Words as one line for a POSIX shell, quoted where they have to be: it can be copied, whatever is in it. What a terminal would obey, or not show, is
 * written as bytes in $'…' (POSIX of 2024: bash, zsh, ksh, busybox), so that it is the same word after it was shown and copied.
 */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}

function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (escapeForTerminal(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`
  return `$'${word.replaceAll(/['\\]/g, inOctal).replace(hostileCharacters, inOctal)}'`
}

function inOctal(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

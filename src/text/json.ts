import { hostileCharacters } from './hostile.ts'

/**
 * JSON text, or YAML whose hostile strings are double-quoted, with those characters as \u escapes. The value stays the
 * same: outside of strings such text has no hostile character but the line feed, which is kept.
 */
export function escapeHostile(text: string): string {
  return text.replace(hostileCharacters, (character) => {
    if (character === '\n') return character
    return Array.from({ length: character.length }, (_, unit) => {
      return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`
    }).join('')
  })
}

export function hasHostile(text: string): boolean {
  return text.search(hostileCharacters) >= 0
}

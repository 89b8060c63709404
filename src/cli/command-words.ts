/** The words of a command line as they may be recorded: a bearer token is nobody's business. */
export function recordable(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (words[index - 1] === '--token') return '***'
    return word.startsWith('--token=') ? '--token=***' : word
  })
}

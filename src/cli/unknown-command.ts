import { nearest } from '../schema/suggest.ts'
import { manifest } from './commands.ts'

/** What is said of words that are no command: the first line what is wrong, the second what to do. `typed` has colons between them, as oclif puts them. */
export function unknownCommand(typed: string): string[] {
  const words = typed.split(':')
  const inWords = (id: string) => id.replaceAll(':', ' ')
  if (typed.startsWith('-')) return [`flags stand behind the command: ${inWords(typed)}`, allCommands()]
  const count = words.findLastIndex((_, end) => Object.hasOwn(manifest, words.slice(0, end).join(':')))
  if (count > 0) {
    const command = words.slice(0, count).join(' ')
    const more = words.slice(count).join(':')
    return [`${command} takes no argument "${more}"`, `kubectl secure ${command} --help says what it takes`]
  }
  const known = Object.keys(manifest)
  const near = nearest(inWords(typed), known.map(inWords)) ?? known.find((id) => id.endsWith(`:${words[0]}`))
  if (near === undefined) return [`unknown command "${inWords(typed)}"`, allCommands()]
  return [`unknown command "${inWords(typed)}": did you mean ${inWords(near)}?`, '--help lists the commands']
}

function allCommands(): string {
  return `the commands are ${Object.keys(manifest).join(', ').replaceAll(':', ' ')}; --help says more`
}

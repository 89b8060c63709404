import { homedir } from 'node:os'
import { complete } from './cli/completion.ts'
import { completionSources } from './cli/completion-sources.ts'
import { escapeForTerminal } from './text/terminal.ts'

/** Prints completions as kubectl wants them: a choice a line, then a directive (4: no file names; 0: the shell's own). */
export async function printCompletions(words: string[]): Promise<void> {
  const { choices, files } = await complete(words, completionSources(words, process.env, homedir()))
  const lines = choices.map((choice) => choice.split('\t').map(escapeForTerminal).join('\t'))
  process.stdout.write([...lines, files ? ':0' : ':4', ''].join('\n'))
}

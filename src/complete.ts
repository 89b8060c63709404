import { homedir } from 'node:os'
import { complete } from './cli/completion.ts'
import { completionSources } from './cli/completion-sources.ts'

/** Prints completions as kubectl wants them: a choice a line, then a directive (4: no file names; 0: the shell's own). */
export async function printCompletions(words: string[]): Promise<void> {
  const { choices, files } = await complete(words, completionSources(words, process.env, homedir()))
  process.stdout.write([...choices, files ? ':0' : ':4', ''].join('\n'))
}

import { SecureError } from '../errors.ts'
import { escapeForTerminal, unescapeFromTerminal } from '../text/terminal.ts'

export type Question = {
  /** Without the question mark: `Apply 3 changes to https://… as jane`. */
  ask: string
  /** For what cannot be taken back, or what a record from the cluster says: this has to be typed, not just `y`. */
  typed?: string
  /** --yes was given. */
  yes: boolean
  /** What --yes is not enough for: it has to be typed, and on a terminal. */
  never?: true
}

/**
 * Asks on the terminal, before anything is written; No is the default. Only a person at a terminal can answer: a `y` from a
 * pipe is nobody's word. Throws SecureError `usage` where nobody can be asked, `interrupted` on Ctrl-C or an end of input.
 */
export async function confirm({ ask, typed, yes, never }: Question): Promise<boolean> {
  if (yes && !never) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw unanswerable(ask, never)
  const prompts = await import('@inquirer/prompts')
  const message = escapeForTerminal(ask)
  return await untilInterrupted(async (signal) => {
    // Standard output is for answers, and may be piped.
    const context = { signal, output: process.stderr }
    if (typed === undefined) return await prompts.confirm({ message: `${message}?`, default: false }, context)
    const shown = escapeForTerminal(typed)
    const isRight = (answer: string) => unescapeFromTerminal(answer.trim()) === typed
    const validate = (answer: string) => answer === '' || isRight(answer) || `that is not ${shown}; Enter alone stops`
    return isRight(await prompts.input({ message: `${message}? Type ${shown} to go on:`, validate }, context))
  })
}

function unanswerable(ask: string, never: true | undefined): SecureError {
  const hint = never ? 'run it on a terminal: --yes is not enough for this' : 'run it on a terminal, or add --yes'
  return new SecureError('usage', `nobody is there to answer "${ask}?" (no terminal); nothing was changed`, { hint })
}

/** Ctrl-C, Ctrl-D, a signal or a terminal that is gone: each ends the question, and none is a yes. `says` is what became of it. */
export async function untilInterrupted<T>(
  question: (signal: AbortSignal) => Promise<T>,
  says = 'nothing was changed',
): Promise<T> {
  const stop = new AbortController()
  const onEnd = () => stop.abort()
  // Readline pauses its input when it is closed, as by Ctrl-D; the prompt would then wait for ever, and Node end with 0.
  process.stdin.on('pause', onEnd).on('end', onEnd)
  process.on('SIGINT', onEnd)
  try {
    return await question(stop.signal)
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) {
      throw new SecureError('interrupted', `interrupted at the question; ${says}`, { cause: error })
    }
    throw error
  } finally {
    process.stdin.off('pause', onEnd).off('end', onEnd)
    process.off('SIGINT', onEnd)
  }
}

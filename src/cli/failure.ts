import { EXIT, SecureError } from '../errors.ts'
import { fail } from '../terminal/messages.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { unknownCommand } from './unknown-command.ts'

/** Prints a failure as kubectl would, on standard error, and returns the exit code. Only our own bugs show a stack. */
export function reportFailure(error: unknown): number {
  if (error instanceof SecureError) {
    sayLines([error.message, ...(error.hint ?? '').split('\n')])
    return error.exitCode
  }
  const { oclif, message, code } = (error ?? {}) as { oclif?: { exit?: number }; message?: string; code?: string }
  // oclif says "exit" by throwing: --help and --version end so.
  if (code === 'EEXIT') return oclif?.exit ?? 0
  if (oclif) {
    // oclif's remark on flags with many values is untrue here: ours take one value each time.
    const lines = (message ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !/^Note: --|^Alternatively, you can use "--"|^The following errors? occurred:/.test(line))
    const unknown = /^command (.*) not found$/s.exec(message ?? '')?.[1]
    sayLines(unknown === undefined ? lines : unknownCommand(unknown))
    // Every failure that oclif finds is one of the words typed, whatever code it gives it.
    return EXIT.usage
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  sayLines(`this is a bug in kubectl secure, please report it: ${stack}`.split('\n'))
  return EXIT.failed
}

function sayLines([first = '', ...rest]: string[]): void {
  fail(first)
  for (const line of rest) if (line !== '') process.stderr.write(`${escapeForTerminal(line)}\n`)
}

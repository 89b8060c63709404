import { run } from '@oclif/core/run'
import { reportFailure } from './cli/failure.ts'
import { loadOptions } from './cli/static-plugin.ts'
import { EXIT } from './errors.ts'
import { fail } from './terminal/messages.ts'

/** Runs the command line; sets the exit code and lets the process end by itself, so that no output is lost. */
export function main(argv: string[]): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onStreamError)
  // No await at the top level: a reader that closes the pipe early would leave it unsettled, and Node exits with 13.
  run(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, loadOptions).catch((error: unknown) => {
    process.exitCode = reportFailure(error)
  })
}

// A reader that has seen enough (`| head`) is no failure; what is missing from the answer is still said, and the exit
// code still holds.
function onStreamError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  // A full disk: half an answer is none, and its exit code must not read as one.
  fail(`the answer could not be written: ${error.message}`)
  process.exit(EXIT.failed)
}

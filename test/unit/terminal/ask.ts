// Run by confirm.test.ts on a pseudo terminal: asks, and says what came of it.
import { SecureError } from '../../../src/errors.ts'
import { confirm } from '../../../src/terminal/confirm.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as { yes?: boolean; typed?: string; never?: true }
confirm({ ask: 'Apply 3 changes as jane', yes: false, ...options }).then(
  (answer) => process.stdout.write(`ANSWER ${answer}\n`),
  (error: unknown) => {
    process.stdout.write(
      `ERROR ${error instanceof SecureError ? `${error.code} ${error.hint ?? ''}` : String(error)}\n`,
    )
    process.exitCode = error instanceof SecureError ? error.exitCode : 99
  },
)

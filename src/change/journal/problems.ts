import { SecureError } from '../../errors.ts'

export function isThere(error: unknown): boolean {
  return codeBehind(error) === 'EEXIST'
}

export function isMissing(error: unknown): boolean {
  return codeBehind(error) === 'ENOENT'
}

function codeBehind(error: unknown): string | undefined {
  return error instanceof SecureError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined
}

export function begun(path: string, planId: string): SecureError {
  return new SecureError('journal', `plan ${planId} has been applied before: ${path} is there`, {
    hint: `Go on with \`kubectl secure resume ${planId}\`, or make a new plan.`,
  })
}

export function missing(path: string, planId: string): SecureError {
  return new SecureError('not-found', `this machine has no journal of plan ${planId}: no ${path}`, {
    hint: '`kubectl secure status` lists the plans there are, also those that are recorded in the cluster alone.',
  })
}

export function notAsWritten(path: string, { line, why }: { line: number; why: string }): SecureError {
  return new SecureError('journal', `${path}, line ${line}, is not as it was written: ${why}`, {
    hint: 'The file was changed or the disk has failed, so nothing is done by it. Keep it under another name: without it the plan is undone by the record in the cluster.',
  })
}

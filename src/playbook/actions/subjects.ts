import { SecureError } from '../../errors.ts'
import type { Subject } from '../../snapshot/objects.ts'
import type { Pinned } from '../model.ts'

/** A subject of RBAC as it is written: sa:NAMESPACE/NAME, user:NAME, group:NAME. Throws SecureError `usage`. */
export async function subjectIn(text: string): Promise<Subject> {
  const [{ parseSubject }, { escapeForTerminal }] = await Promise.all([
    import('../../rbac/subject-text.ts'),
    import('../../text/terminal.ts'),
  ])
  // As it was shown: what reads like an escape is part of a name here, and must not become another one.
  const subject = parseSubject(escapeForTerminal(text))
  if (subject.kind !== 'Pod') return subject
  throw new SecureError('usage', `${text} is a pod: name the service account that it runs as`)
}

export const subjectOf = ({ namespace = '', name }: Pinned): string => `sa:${namespace}/${name}`

import { SecureError } from '../../errors.ts'
import type { Subject } from '../../snapshot/objects.ts'
import type { Pinned } from '../model.ts'

/** A subject of RBAC as it is written: sa:NAMESPACE/NAME, user:NAME, group:NAME. Throws SecureError `usage`. */
export async function subjectIn(text: string): Promise<Subject> {
  const { parseSubject } = await import('../../rbac/subject-text.ts')
  const subject = parseSubject(text)
  if (subject.kind !== 'Pod') return subject
  throw new SecureError('usage', `${text} is a pod: name the service account that it runs as`)
}

export const subjectOf = ({ namespace = '', name }: Pinned): string => `sa:${namespace}/${name}`

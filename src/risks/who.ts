import { formatSubject } from '../rbac/subject-text.ts'
import type { Finding } from './finding.ts'

/** Whom or what a finding is about, as tables show it and exceptions name it: `sa:shop/web`, `Deployment/shop/web`. Raw text. */
export function whoText({ subject, object }: Pick<Finding, 'subject' | 'object'>): string {
  if (subject) return formatSubject(subject)
  if (!object) return ''
  return `${object.kind}/${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`
}

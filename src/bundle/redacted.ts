import type { CaseHead, Facts } from './entry.ts'

/** What the head of a redacted bundle, a derivative, says of the bundle that it was made of. */
export type Redaction = Facts & {
  parent: {
    /** Its id. */
    case: string
    /** SHA-256 of its file; null for a directory, which only its journal stands for. */
    sha256: string | null
    journalHead: string
  }
  profile: string
  tool: { name: string; version: string }
}

/** Whether a bundle is a derivative that `evidence redact` made. */
export function isRedacted(head: CaseHead): boolean {
  const redaction = head['redaction'] as Partial<Redaction> | null | undefined
  const parent = redaction?.parent as Partial<Redaction['parent']> | null | undefined
  return (
    typeof redaction?.profile === 'string' &&
    typeof redaction.tool?.name === 'string' &&
    typeof parent?.case === 'string' &&
    typeof parent.journalHead === 'string'
  )
}

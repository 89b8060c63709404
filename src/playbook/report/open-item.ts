import type { OpenItem, PlaybookReport } from './model.ts'

/** A report before it says what is open. */
export type Made = Omit<PlaybookReport, 'open'>

export function item(kind: OpenItem['kind'], what: string, details: string[], command?: string[]): OpenItem {
  return { kind, what, details, ...(command && { command }) }
}

import { SecureError } from '../errors.ts'
import type { CaseHead } from './entry.ts'

/** What custody/case.json says. Throws SecureError `journal` where it is not what a case needs. */
export function parseHead(text: string, name: string): CaseHead {
  const head = parsed(text)
  const tool = head?.['tool'] as Record<string, unknown> | undefined
  const isUsable =
    typeof head?.['id'] === 'string' &&
    typeof head['created'] === 'string' &&
    isTime(head['created']) &&
    typeof tool?.['name'] === 'string' &&
    typeof tool['version'] === 'string'
  if (!isUsable) throw new SecureError('journal', `${name} does not name an id, the time \`created\`, and the tool`)
  return head as CaseHead
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

// The range that every tar reader knows.
function isTime(text: string): boolean {
  const time = Date.parse(text)
  return time >= 0 && time < 2 ** 31 * 1000
}

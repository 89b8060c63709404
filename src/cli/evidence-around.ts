import { userInfo } from 'node:os'
import about from '../../package.json' with { type: 'json' }
import type { Around } from '../evidence/open.ts'

/** Who collects with what, for the head of a case. */
export function evidenceAround(id: string, command: string[]): Omit<Around, 'directory'> {
  return { id, tool: { name: about.name, version: about.version }, command, localUser: localUser() }
}

// A container may run as a user that no file knows.
function localUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

import about from '../../package.json' with { type: 'json' }
import type { Around } from '../evidence/open.ts'
import { localUser } from './local-user.ts'

/** Who collects with what, for the head of a case. */
export function evidenceAround(id: string, command: string[]): Omit<Around, 'directory'> {
  return { id, tool: { name: about.name, version: about.version }, command, localUser: localUser() }
}

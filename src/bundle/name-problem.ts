import type { ProblemKind } from './damage.ts'

const maxName = 4096

/** Why a name in an archive must not become a file; undefined for one that is only a name. */
export function nameProblem(name: string): { kind: ProblemKind; what: string } | undefined {
  const path = (what: string) => ({ kind: 'path' as const, what })
  if (name.length > maxName) return path('its name is longer than any path')
  if (/[\0\ufffd]/.test(name)) return path('its name is not text')
  if (name.includes('\\')) return path('a backslash in its name leads elsewhere on Windows')
  if (/^[A-Za-z]:/.test(name)) return path('its name is an absolute path on Windows')
  if (name.startsWith('/')) return path('its name is an absolute path')
  const parts = name.replace(/\/$/, '').split('/')
  if (parts.includes('..')) return path('its name leads out of the directory')
  if (parts.includes('.') || parts.includes('')) return path('its name is written in a way that hides what it is')
  return undefined
}

/** The same for two names that Windows, macOS or a normalising file system take for one. */
export const folded = (name: string): string => name.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC')

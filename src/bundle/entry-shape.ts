import { type CaseEntry } from './entry.ts'
import { encodePath } from './path-name.ts'

const part = /\.part[1-9]\d{0,5}$/
const document = /^custody\/[a-z][a-z0-9-]*\.json$/

/** Whether a line holds what its type has, and its file is named by its path. */
export function hasShape(entry: CaseEntry): boolean {
  const is: Record<string, unknown> = { ...entry }
  switch (entry.type) {
    case 'document':
      return isFile(is) && document.test(entry.file)
    case 'open':
      return isPath(is['path']) && isFacts(is['meta']) && isPartOf(entry.file, entry.path)
    case 'artefact':
      return isFile(is) && isPath(is['path']) && isFacts(is['meta']) && entry.file === encodePath(entry.path)
    case 'cut':
      if (!isFile(is) || !isFacts(is['meta']) || typeof entry.why !== 'string') return false
      return entry.path === undefined ? part.test(entry.file) : isPath(is['path']) && isPartOf(entry.file, entry.path)
    case 'lost':
      return typeof is['file'] === 'string' && typeof is['why'] === 'string'
    case 'request':
    case 'gap':
    case 'alteration':
      return isFacts(is[entry.type])
    case 'note':
      return typeof is['kind'] === 'string' && 'data' in is
    case 'resume':
      return is['torn'] === undefined || typeof is['torn'] === 'string'
  }
}

function isFile({ file, sha256, bytes }: Record<string, unknown>): boolean {
  if (typeof file !== 'string' || typeof sha256 !== 'string') return false
  return /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(bytes) && Number(bytes) >= 0
}

function isPartOf(file: unknown, path: string[]): boolean {
  return typeof file === 'string' && part.test(file) && file.replace(part, '') === encodePath(path)
}

function isPath(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')
}

function isFacts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

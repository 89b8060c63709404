import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePath } from '../bundle/path-name.ts'
import { listRequestPath, type RawList, rawObjectPath } from '../snapshot/bundle-layout.ts'
import { fetchArtefact } from './fetch.ts'
import type { Run } from './run.ts'

/** Collects one object as the server sends it, and returns it parsed. Throws SecureError, `not-found` too. */
export async function collectObject(run: Run, list: RawList, name: string): Promise<Record<string, unknown>> {
  const path = rawObjectPath(list, name)
  if (!run.evidence.has(path)) {
    const request = {
      path: `${listRequestPath(list)}/${encodeURIComponent(name)}`,
      headers: { accept: 'application/json' },
    }
    await fetchArtefact(run, { path, request })
  }
  return await parsedArtefact(run, path)
}

/** What an artefact of JSON says. */
export async function parsedArtefact<T = Record<string, unknown>>(run: Run, path: readonly string[]): Promise<T> {
  return JSON.parse(await readFile(join(run.evidence.dir, encodePath(path)), 'utf8')) as T
}

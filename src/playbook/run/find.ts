import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError } from '../../errors.ts'
import { type RunSummary, listRuns } from './list.ts'

const source = 'source.json'

/** The run that an id, the beginning of one, or an incident means. Throws SecureError `usage`. */
export async function findPlaybookRun(
  { stateDir, clusterId }: { stateDir: string; clusterId: string },
  id: string,
): Promise<RunSummary> {
  const runs = await listRuns(stateDir, clusterId)
  const found = runs.filter(({ runId, incident }) => id !== '' && (runId.startsWith(id) || incident === id))
  const [only, ...more] = found
  const hint = 'kubectl secure playbook runs lists them'
  if (!only) throw new SecureError('usage', `there is no run "${id}" of a playbook on this machine`, { hint })
  if (more.length > 0)
    throw new SecureError('usage', `"${id}" may be ${found.map(({ runId }) => runId).join(' or ')}`, { hint })
  return only
}

/** Where a run keeps from which file it was begun. */
export function sourcePath(folder: string): string {
  return join(folder, source)
}

/** The copy of its playbook that a run keeps. */
export function copyPath(folder: string): string {
  return join(folder, 'playbook.yaml')
}

/** The file that a run was begun with; the copy that it keeps where that is gone or not known. */
export async function playbookOf(folder: string): Promise<string> {
  try {
    const { path } = JSON.parse(await readFile(sourcePath(folder), 'utf8')) as { path?: unknown }
    if (typeof path !== 'string') return copyPath(folder)
    await readFile(path)
    return path
  } catch {
    return copyPath(folder)
  }
}

import { relative, sep } from 'node:path'
import { bundleAmong } from '../snapshot/bundle-among.ts'
import { manifestObjects } from '../snapshot/manifest-objects.ts'
import type { Places } from '../terminal/risks-sarif-places.ts'

/**
 * Looks where the objects of manifests stand: a second reading, for the one format that tells files and lines. Evidence and clusters have no
 * such place. What cannot be read was said the first time.
 */
export async function risksPlaces(paths: readonly string[]): Promise<Places> {
  const found = new Map<string, { file: string; line: number }>()
  const keyOf = (kind: string, namespace: string | undefined, name: string) =>
    JSON.stringify([kind, namespace ?? '', name])
  if (paths.length > 0 && (await bundleAmong([...paths])) === undefined) {
    const reading = { isRead: () => true, addGap: () => {} }
    for await (const { raw, where } of manifestObjects([...paths], reading)) {
      const { name, namespace } = (raw['metadata'] ?? {}) as Record<string, unknown>
      const place = placeIn(where)
      if (typeof name !== 'string' || !place) continue
      found.set(keyOf(String(raw['kind']), typeof namespace === 'string' ? namespace : undefined, name), place)
    }
  }
  return (kind, namespace, name) =>
    // Manifests may leave the namespace out; then it is the one that they are applied to.
    found.get(keyOf(kind, namespace, name)) ??
    (namespace === 'default' ? found.get(keyOf(kind, undefined, name)) : undefined)
}

// The last such words: a file may be called anything.
function placeIn(where: string): { file: string; line: number } | undefined {
  const [, file, line] = /^(.*): document \d+, line (\d+)(?:, items\[\d+\])*$/s.exec(where) ?? []
  if (file === undefined || line === undefined) return undefined
  const here = relative(process.cwd(), file)
  return { file: (here.startsWith('..') ? file : here).split(sep).join('/'), line: Number(line) }
}

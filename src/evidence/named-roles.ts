import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kept } from '../bundle/entry.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { listRequestPath, type RawList } from '../snapshot/bundle-layout.ts'
import { answerMeta } from '../snapshot/list-runs.ts'
import { listAt } from '../snapshot/request-path.ts'
import { collectObject } from './objects.ts'
import type { Run } from './run.ts'

const group = 'rbac.authorization.k8s.io'
type Binding = { metadata?: { namespace?: unknown }; roleRef?: { kind?: unknown; name?: unknown } }

/**
 * Collects the roles that bindings name, one by one, where they could not be listed: some may get what they may not list, and a question to
 * the live cluster would do the same (snapshot/read-rbac.ts).
 */
export async function collectNamedRoles(run: Run): Promise<void> {
  const lists = [...run.evidence.kept()].flatMap((kept) => {
    const list = kept.cut === undefined ? listAt(answerMeta(kept.meta)?.path.split('?', 1)[0] ?? '') : undefined
    return list?.group === group ? [{ list, kept }] : []
  })
  const isListed = (resource: string, namespace?: string) =>
    lists.some(({ list }) => list.resource === resource && (list.namespace ?? namespace) === namespace)
  const wanted = new Map<string, { list: RawList; name: string }>()
  for (const { list, kept } of lists) {
    if (!list.resource.endsWith('rolebindings')) continue
    for (const { metadata, roleRef } of await bindingsOf(run, kept)) {
      const { kind, name } = roleRef ?? {}
      const namespace = kind === 'Role' ? String(metadata?.namespace) : undefined
      const resource = kind === 'Role' ? 'roles' : 'clusterroles'
      if (typeof name !== 'string' || isListed(resource, namespace) || isListed(resource)) continue
      const role = { list: { group, version: list.version, resource, namespace }, name }
      wanted.set(`${listRequestPath(role.list)}/${name}`, role)
    }
  }
  await inParallel([...wanted.values()], async ({ list, name }) => {
    const where = list.namespace === undefined ? {} : { namespace: list.namespace }
    const missing = {
      what: `get ${list.resource} ${name}${list.namespace === undefined ? '' : ` in ${list.namespace}`}`,
      path: `${listRequestPath(list)}/${encodeURIComponent(name)}`,
      hides: 'what its bindings grant',
      right: { verb: 'get', group, resource: list.resource, name, ...where },
    }
    await run.attempt(missing, () => collectObject(run, list, name))
  })
}

async function bindingsOf(run: Run, { file }: Kept): Promise<Binding[]> {
  try {
    const { items } = JSON.parse(await readFile(join(run.evidence.dir, file), 'utf8')) as { items?: Binding[] | null }
    return items ?? []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

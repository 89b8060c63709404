import { groupOf } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import { metaOf, type Raw, textAt } from '../isolation/raw.ts'
import { snapshotFromFiles } from '../snapshot/from-files.ts'
import { manifestObjects } from '../snapshot/manifest-objects.ts'
import { networkObjectsFromFiles } from '../snapshot/network-objects.ts'
import { declaringKinds, limitKinds, templateKinds } from '../snapshot/question-kinds.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { LockdownScene } from './model.ts'
import { kept, type SceneParts, sceneOf } from './scene-parts.ts'

const keysOf = (kinds: readonly { group: string; kind: string }[]) => kinds.map(({ group, kind }) => `${group}/${kind}`)
const declaring = new Set(keysOf(declaringKinds))
const templates = new Set(keysOf(templateKinds))
const inside = new Set([
  '/ServiceAccount',
  '/ConfigMap',
  'autoscaling/HorizontalPodAutoscaler',
  ...keysOf(limitKinds),
  ...templates,
])

/**
 * What lockdowns of these namespaces are planned from, of files of manifests. Throws SecureError `not-found` where nothing in the files is of a namespace.
 */
export async function scenesFromFiles(
  paths: string[],
  namespaces: readonly string[],
): Promise<{ scenes: LockdownScene[]; notes: string[] }> {
  const gaps: Gap[] = []
  const reading = {
    isRead: (kind: string) => declaring.has(kind) || inside.has(kind) || kind === '/Namespace' || kind === '/Pod',
    addGap: (what: string, why: string) => gaps.push({ what, why, hides: 'whatever that document declares' }),
  }
  const found: Raw[] = []
  for await (const { raw } of manifestObjects(paths, reading)) {
    if (reading.isRead(keyOf(raw))) found.push(kept(raw))
  }
  const [network, rbac] = await Promise.all([networkObjectsFromFiles(paths), snapshotFromFiles(paths)])
  const around = { network, rbac, version: 'latest', declaring: found.filter((raw) => declaring.has(keyOf(raw))), gaps }
  const scenes = namespaces.map((name) => sceneOf(partsOf(found, name), around))
  return {
    scenes,
    notes: ['files do not say which version the server has: Pod Security labels are for the latest'],
  }
}

function partsOf(found: readonly Raw[], name: string): SceneParts {
  const own = found.filter((raw) => metaOf(raw).namespace === name)
  const known = found.find((raw) => keyOf(raw) === '/Namespace' && metaOf(raw).name === name)
  if (!known && own.length === 0) {
    throw new SecureError('not-found', `nothing in the files is of the namespace ${name}`, {
      hint: 'objects need metadata.namespace: kubectl kustomize, or helm template --namespace, writes it',
    })
  }
  const of = (kind: string) => own.filter((raw) => keyOf(raw) === kind)
  return {
    // The one label that the API server itself sets.
    namespace: known ?? {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    },
    workloads: own.filter((raw) => templates.has(keyOf(raw))),
    accounts: of('/ServiceAccount'),
    limitRanges: of('/LimitRange'),
    quotas: of('/ResourceQuota'),
    configMaps: of('/ConfigMap'),
    autoscalers: of('autoscaling/HorizontalPodAutoscaler'),
  }
}

const keyOf = (raw: Raw): string => `${groupOf(textAt(raw, 'apiVersion'))}/${textAt(raw, 'kind')}`

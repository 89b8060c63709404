import type { Raw } from '../isolation/raw.ts'
import { listAt, metaOf, recordAt, specOf } from '../isolation/raw.ts'
import type { LockdownScene } from './model.ts'

/** What is read of one namespace. */
export type SceneParts = Pick<
  LockdownScene,
  'namespace' | 'workloads' | 'accounts' | 'limitRanges' | 'quotas' | 'configMaps' | 'autoscalers' | 'tokenSecrets'
>
/** What is read once for all namespaces. */
export type SceneAround = Omit<LockdownScene, keyof SceneParts>

/** An object without what nobody asks for and that makes up most of its bytes: a large cluster is held in memory. */
export function kept(raw: Raw): Raw {
  const { managedFields: _managed, ...metadata } = recordAt(raw, 'metadata')
  const lean = { ...raw, metadata }
  if (raw['kind'] === 'CustomResourceDefinition') {
    const { group, names, scope, conversion } = specOf(raw)
    return { ...lean, spec: { group, names, scope, conversion }, status: {} }
  }
  if (raw['kind'] !== 'ConfigMap') return lean
  const { binaryData: _binary, ...rest } = lean as Raw
  return rest
}

/** The scene of one namespace; pods that nothing of Kubernetes' own controls stand with the workloads. */
export function sceneOf(parts: SceneParts, around: SceneAround): LockdownScene {
  const { name } = metaOf(parts.namespace)
  const alone = around.network.objects.filter(
    (raw) =>
      raw['kind'] === 'Pod' &&
      raw['apiVersion'] === 'v1' &&
      metaOf(raw).namespace === name &&
      !listAt(recordAt(raw, 'metadata'), 'ownerReferences').some((owner) => owner['controller'] === true),
  )
  return { ...around, ...parts, workloads: [...parts.workloads, ...alone] }
}

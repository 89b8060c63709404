import type { TestCluster } from '../../../cluster/test-cluster.ts'
import { kubectl } from '../../isolation/stage.ts'

type Raw = { [key: string]: unknown }
type ApiObject = Raw & { kind: string; metadata: Raw & { name: string; labels?: Raw; annotations?: Raw } }

const types = 'pods,secrets,serviceaccounts,configmaps,roles,rolebindings,networkpolicies,services'

/** All of a namespace, field by field, but for what the server counts, and what belongs to a pod's life. */
export async function objectsIn(cluster: TestCluster, space: string): Promise<Record<string, Raw>> {
  const list = JSON.parse(await kubectl(cluster, 'get', types, '-n', space, '-o', 'json')) as { items: ApiObject[] }
  return Object.fromEntries(list.items.map((one) => [`${one.kind} ${one.metadata.name}`, bare(one)]))
}

function bare({ status: _status, metadata, ...rest }: ApiObject): Raw {
  const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...kept } = metadata
  const annotations = Object.entries(kept.annotations ?? {}).filter(
    ([key]) => !key.startsWith('cni.projectcalico.org/'),
  )
  // When the token in it was last shown to the API server.
  const labels = Object.entries(kept.labels ?? {}).filter(([key]) => key !== 'kubernetes.io/legacy-token-last-used')
  return {
    ...rest,
    metadata: { ...kept, annotations: Object.fromEntries(annotations), labels: Object.fromEntries(labels) },
  }
}

/** What is made anew is another object, and is said to be. */
export function madeAnew(object: Raw = {}): Raw {
  const { uid: _uid, creationTimestamp: _time, ...metadata } = (object['metadata'] ?? {}) as Raw
  return { ...object, metadata }
}

import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { type ApiObject, createObject } from '../../../../src/cluster/write.ts'
import { SecureError } from '../../../../src/errors.ts'
import { kinds } from '../../../../src/isolation/get.ts'
import { names } from '../../../../src/playbook/actions/drill-script.ts'

const { intruder, keeper, escalation } = names
const running = `metadata.name=${intruder},status.phase=Running`

/** Gives itself its role in every drill there is, as the intruder of each would if its pod really ran. */
export function startIntruder(cluster: Cluster): { end(): Promise<void> } {
  const over = new AbortController()
  const act = async () => {
    while (!over.signal.aborted) {
      const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(running)}`
      const { items } = await cluster.json<{ items: ApiObject[] }>({ path })
      for (const { metadata } of items) await escalate(cluster, metadata.namespace ?? '')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const acting = act()
  // Thrown where it is ended.
  acting.catch(() => {})
  return {
    end: async () => {
      over.abort()
      await acting
    },
  }
}

async function escalate(cluster: Cluster, namespace: string): Promise<void> {
  const { apiVersion, kind } = kinds.roleBindings
  const made = createObject(cluster, `/apis/${apiVersion}/namespaces/${namespace}/rolebindings`, {
    apiVersion,
    kind,
    metadata: { name: escalation },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: keeper },
    subjects: [{ kind: 'ServiceAccount', name: intruder, namespace }],
  })
  await made.catch((error: unknown) => {
    // It has, or the drill is at its end.
    if (!(error instanceof SecureError && ['already-exists', 'not-found', 'forbidden'].includes(error.code)))
      throw error
  })
}

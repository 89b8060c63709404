import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connect } from '../src/cluster/connect.ts'
import { discover } from '../src/cluster/discovery.ts'
import { startCluster } from '../test/cluster/start-cluster.ts'

// Makes the data files that come from a real API server: the example cluster, and Kubernetes' defaults (src/snapshot/defaults).
type Item = {
  kind?: string
  metadata: Record<string, unknown> & { name: string; labels?: Record<string, string> }
} & Record<string, unknown>

const root = dirname(import.meta.dirname)
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const running = await startCluster({ level: 'control-plane' })
try {
  const around = { env: {}, cwd: root, home: root, warn: console.error, interactive: false }
  const cluster = await connect({ kubeconfig: running.kubeconfig }, around)
  const items = async (path: string) => (await cluster.json<{ items: Item[] }>({ path })).items

  const { resources } = await discover(cluster)
  writeData('src/snapshot/defaults/resources.data.json', resources)
  const roles = await items(`${rbac}/clusterroles?labelSelector=kubernetes.io/bootstrapping=rbac-defaults`)
  writeData(
    'src/snapshot/defaults/cluster-roles.data.json',
    roles.map(({ metadata: { name, labels }, rules, aggregationRule }) => ({
      metadata: { name, labels },
      ...(aggregationRule ? { aggregationRule } : {}),
      rules,
    })),
  )

  const applied = await running.exec(['kubectl', 'create', '-f', '-'], {
    input: readFileSync(join(root, 'examples/shop.yaml'), 'utf8'),
  })
  if (applied.code !== 0) throw new Error(applied.stderr)
  await untilAggregated(items)
  const kinds: [string, string, string][] = [
    ['v1', 'Namespace', '/api/v1/namespaces'],
    ['v1', 'ServiceAccount', '/api/v1/serviceaccounts'],
    ['v1', 'Pod', '/api/v1/pods'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', `${rbac}/clusterroles`],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', `${rbac}/clusterrolebindings`],
    ['rbac.authorization.k8s.io/v1', 'Role', `${rbac}/roles`],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', `${rbac}/rolebindings`],
  ]
  const dump: string[] = []
  for (const [apiVersion, kind, path] of kinds) {
    for (const item of await items(path)) {
      delete item.metadata['managedFields']
      dump.push(JSON.stringify({ apiVersion, kind, ...item }))
    }
  }
  writeFileSync(
    join(root, 'examples/cluster.json'),
    `{"apiVersion": "v1", "kind": "List", "items": [\n${dump.join(',\n')}\n]}\n`,
  )
  cluster.close()
} finally {
  await running.stop()
}

// The controller adds metrics-helper's rule to `view` a moment after it was created.
async function untilAggregated(items: (path: string) => Promise<Item[]>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const roles = await items(`${rbac}/clusterroles`)
    const view = JSON.stringify(roles.find(({ metadata }) => metadata.name === 'view')?.['rules'])
    if (view?.includes('"secrets"')) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('the aggregation controller did not run')
}

function writeData(path: string, rows: unknown[]): void {
  writeFileSync(join(root, path), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`)
}

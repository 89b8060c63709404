import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../../src/cluster/connect.ts'
import { list } from '../../../src/cluster/list.ts'
import { decodeBinding, decodeRole } from '../../../src/snapshot/decode.ts'
import { describeWithCluster } from '../../cluster/suite.ts'

const root = dirname(dirname(dirname(import.meta.dirname)))
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const odd = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: odd, labels: {a: "", b.example/c: "ä"}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {x: "y"}, matchExpressions: [{key: k, operator: In, values: ["", v]}, {key: z, operator: Exists}]}]}
rules: [{apiGroups: [""], resources: ["*/scale", ""], resourceNames: ["", "ü\\u202e"], verbs: ["*"]}, {nonResourceURLs: ["/a*"], verbs: [get]}]
`

describeWithCluster('control-plane', 'protobuf lists of a real API server', (cluster) => {
  test('say the same as its JSON, page by page', async () => {
    const { kubeconfig, exec } = cluster()
    await exec(['kubectl', 'create', '-f', '-'], { input: readFileSync(join(root, 'examples/shop.yaml'), 'utf8') })
    await exec(['kubectl', 'create', '-f', '-'], { input: odd.replaceAll('ä', 'a') })
    const around = { env: {}, cwd: root, home: root, warn: () => {}, interactive: false }
    const api = await connect({ kubeconfig }, around)
    const kinds = [
      ['clusterroles', 'ClusterRoleList', (raw: Record<string, unknown>) => decodeRole(raw, 'ClusterRole')],
      ['roles', 'RoleList', (raw: Record<string, unknown>) => decodeRole(raw, 'Role')],
      [
        'clusterrolebindings',
        'ClusterRoleBindingList',
        (raw: Record<string, unknown>) => decodeBinding(raw, 'ClusterRoleBinding'),
      ],
      ['rolebindings', 'RoleBindingList', (raw: Record<string, unknown>) => decodeBinding(raw, 'RoleBinding')],
    ] as const
    for (const [resource, kind, keep] of kinds) {
      const json = await list<object>(api, `${rbac}/${resource}`, keep)
      const protobuf = await list<object>(api, `${rbac}/${resource}`, keep, { kind, limit: 7 })
      expect(json.items.length).toBeGreaterThan(5)
      expect(JSON.parse(JSON.stringify(protobuf.items))).toEqual(JSON.parse(JSON.stringify(json.items)))
    }
    api.close()
  })

  test('a refusal in protobuf is read as well', async () => {
    const { kubeconfig } = await cluster().clientCert('nobody')
    const api = await connect({ kubeconfig }, { env: {}, cwd: root, home: root, warn: () => {}, interactive: false })
    const asked = list(api, `${rbac}/clusterroles`, (raw) => raw, { kind: 'ClusterRoleList' })
    await expect(asked).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('User "nobody" cannot list'),
    })
    api.close()
  })
})

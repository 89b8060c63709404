import { expect, test } from 'vitest'
import { folder, secure } from './run.ts'

const world = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
`

const reach = (...words: string[]) => secure(['reach', ...words, '--snapshot', folder({ 'world.yaml': world })])

test('says who reaches a pod, by which rule, and where the policy alone cuts it off', async () => {
  const { code, stdout } = await reach('any', 'pod:shop/db')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^pod shop\/web +pod shop\/db +TCP 5432 +allowed +NetworkPolicy\/shop\/db ingress\[0\]: allow$/m,
  )
  expect(stdout).toMatch(/^0\.0\.0\.0\/0 +pod shop\/db +all +denied +NetworkPolicy\/shop\/db isolates ingress: deny$/m)
})

test('nothing allowed is exit code 1', async () => {
  const { code, stdout } = await reach('pod:shop/db', 'world', '--port', '443/tcp')
  expect(stdout).toMatch(/^pod shop\/db +0\.0\.0\.0\/0 +TCP 443 +denied /m)
  expect(code).toBe(1)
})

test('without ends it is about the pods of the namespace', async () => {
  expect((await reach('-n', 'shop', '--allowed')).stdout).toMatch(/pod shop\/web +pod shop\/db +TCP 5432 +allowed/)
  const elsewhere = await reach('-n', 'other')
  expect(elsewhere.stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(elsewhere.code).toBe(1)
})

test('a policy that cannot be read makes the answer incomplete', async () => {
  const broken = `${world}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {podSelector: 7}\n`
  const { code, stderr } = await secure(['reach', '-A', '--snapshot', folder({ 'world.yaml': broken })])
  expect(code).toBe(3)
  expect(stderr).toContain('incomplete: NetworkPolicy shop/x: spec.podSelector must be an object')
})

test('a diagram holds hostile names as character codes', async () => {
  const hostile = world.replace('name: web,', 'name: "we\\u001b[31mb\\"];x",')
  const { stdout } = await secure(['reach', '-A', '-o', 'mermaid', '--snapshot', folder({ 'world.yaml': hostile })])
  expect(stdout).toContain('["pod shop/we#27;#91;31mb#34;#93;#59;x"]')
})

test('a page holds hostile names as text, and is whole by itself', async () => {
  const hostile = world.replace('name: web,', 'name: "</script><img src=x>",')
  const { stdout, code } = await secure(['reach', '-A', '-o', 'html', '--snapshot', folder({ 'world.yaml': hostile })])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^<!doctype html>\n/)
  expect(stdout).toContain("default-src 'none'")
  expect(stdout).toContain('\\u003c/script\\u003e\\u003cimg src=x\\u003e')
  expect(stdout).not.toContain('<img')
})

const agentOn = (node: string, container: string, label: string) => `
apiVersion: v1
kind: Node
metadata: {name: ${node}}
---
apiVersion: v1
kind: Pod
metadata: {name: agent-${node}, namespace: kube-system, labels: {${label}}}
spec: {hostNetwork: true, nodeName: ${node}, containers: [{name: ${container}}]}
---`

test.each([
  ['calico-node', 'k8s-app: calico-node', 'calico', 'yes', ''],
  ['kube-flannel', 'app: flannel', 'unidentified', 'no', 'policies are accepted and ignored on node n1'],
])('says whether %s carries policies out', async (container, label, enforcer, enforced, said) => {
  const files = folder({ 'world.yaml': `${agentOn('n1', container, label)}${world}` })
  const { stdout } = await secure(['reach', '-A', '-o', 'json', '--snapshot', files])
  expect(JSON.parse(stdout)).toMatchObject({
    enforcer,
    enforcement: { enforced, perNode: [{ nodes: ['n1'], enforced }] },
  })
  const { stderr } = await secure(['reach', '-A', '--snapshot', files])
  expect(stderr).toContain(said)
})

test.each(['pod:shop', 'shop/web', 'sa:a/b', '300.0.0.1'])('%s is no end of a connection', async (typed) => {
  const { code, stderr } = await reach(typed)
  expect(code).toBe(2)
  expect(stderr).toContain('is no end of a connection')
})

test.each(['0', '65536', '53/icmp', 'http'])('%s is no port', async (port) => {
  const { code, stderr } = await reach('any', 'any', '--port', port)
  expect(code).toBe(2)
  expect(stderr).toContain('is no port')
})

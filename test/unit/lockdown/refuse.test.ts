import { expect, test } from 'vitest'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LockdownScene } from '../../../src/lockdown/model.ts'
import { refusalOf } from '../../../src/lockdown/refuse.ts'
import { namespace, pod, scene, service, workload } from './network/scenes.ts'

const named = (name: string, more: Partial<LockdownScene> = {}): LockdownScene => ({
  ...scene({}),
  namespace: namespace(name),
  ...more,
})
const whyOf = (one: LockdownScene) => refusalOf(one, 'kubectl-secure')?.why

test('what is only called strangely is a namespace like any other', () => {
  for (const name of ['shop', 'null', '1e3', 'true', 'default', 'constructor', '__proto__']) {
    expect(refusalOf(named(name), 'kubectl-secure'), name).toBeUndefined()
  }
})

test('the namespaces of the cluster itself are refused, and can be forced; that of the records cannot', () => {
  for (const name of ['kube-system', 'kube-public', 'kube-node-lease']) {
    expect(refusalOf(named(name), 'kubectl-secure'), name).toMatchObject({ forcible: true })
  }
  expect(refusalOf(named('kubectl-secure'), 'kubectl-secure')).toMatchObject({ forcible: false })
  const going = { ...namespace('shop'), metadata: { name: 'shop', deletionTimestamp: '2026-01-02T03:04:05Z' } }
  expect(refusalOf(named('shop', { namespace: going }), 'kubectl-secure')).toMatchObject({ forcible: false })
})

test('a network agent is known by what runs, in a pod or in a template, whatever the namespace is called', () => {
  const labels = { 'k8s-app': 'calico-node' }
  const spec = { hostNetwork: true, containers: [{ name: 'calico-node', image: 'calico/node:v3' }] }
  const running = scene({ objects: [pod('shop/calico-node-x', { labels, spec })] })
  expect(whyOf(running)).toContain('the network agent of Calico runs in it')
  const { workload: daemonSet } = workload('shop/calico-node', { kind: 'DaemonSet', labels, spec })
  expect(whyOf({ ...scene({}), workloads: [daemonSet] })).toContain('the network agent of Calico runs in it')
  // In a pod network of its own it can be no agent.
  expect(
    whyOf(scene({ objects: [pod('shop/calico-node-x', { labels, spec: { ...spec, hostNetwork: false } })] })),
  ).toBe(undefined)
})

test('webhooks and the DNS whose pods are there are named', () => {
  const hook = (space: string, failurePolicy: string): Raw => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'gate' },
    webhooks: [
      { name: 'gate.example.com', failurePolicy, clientConfig: { service: { namespace: space, name: 'gate' } } },
    ],
  })
  const gate = workload('shop/gate')
  const declaring = (space: string) => [
    service('shop/gate', { ports: [{ port: 443, targetPort: 8443 }] }),
    hook(space, 'Fail'),
  ]
  expect(whyOf(scene({ workloads: [gate], declaring: declaring('shop') }))).toContain('failurePolicy Fail')
  expect(whyOf(scene({ workloads: [gate], declaring: declaring('far') }))).toBeUndefined()
  expect(whyOf(named('kube-system'))).toContain('the DNS of the cluster, Service kube-system/kube-dns')
})

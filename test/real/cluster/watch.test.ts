import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { waitFor } from '../../../src/cluster/watch.ts'
import { createObject, deleteObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from './connected.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const make = (api: Cluster, name: string) =>
  createObject(api, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: '0' } })
const set = (api: Cluster, name: string, n: number) =>
  patchObject(api, `${configMaps}/${name}`, [{ op: 'replace', path: '/data/n', value: String(n) }])
const dataOf = (object: unknown) => (object as { data?: { n?: string } } | undefined)?.data?.n
const rule = (name: string, verbs: string[]) => ({
  role: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name },
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['w'], verbs }],
  },
  binding: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  },
})

describeWithCluster('control-plane', 'waiting for an object of a real API server', (cluster) => {
  test('sees every state in order, an end, and another object of the name', async () => {
    const api = await connected(cluster().kubeconfig)
    const path = `${configMaps}/w`
    const states: unknown[] = []
    const look = (object: unknown): boolean => states.push(dataOf(object)) > 0 && states.length === 7
    const done = waitFor(api, path, look, { timeoutMs: 20_000 })
    await sleep(500)
    const { metadata } = await make(api, 'w')
    for (const n of [1, 2]) await set(api, 'w', n)
    await deleteObject(api, path, { uid: metadata.uid })
    await make(api, 'w')
    expect(await done).toBe(true)
    // The first look, and the one after the watch stood, found nothing.
    expect(states.filter((state, i) => i === 0 || state !== states[i - 1])).toEqual([
      undefined,
      '0',
      '1',
      '2',
      undefined,
      '0',
    ])
  })

  test.each([
    ['who may watch that one object', ['get', 'watch']],
    ['who may only get it', ['get']],
  ])('for %s', async (_, verbs) => {
    const api = await connected(cluster().kubeconfig)
    const user = `user-${verbs.length}`
    const { role, binding } = rule(user, verbs)
    await createObject(api, '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', role)
    await createObject(api, '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', binding)
    const eve = await connected(cluster().kubeconfig, { as: user })
    await expect.poll(() => getObject(eve, `${configMaps}/w`).catch(() => undefined)).toBeDefined()
    const options = { timeoutMs: 20_000 }
    const done = waitFor(eve, `${configMaps}/w`, (object) => dataOf(object) === user && object?.metadata.uid, options)
    await sleep(1500)
    await patchObject(api, `${configMaps}/w`, [{ op: 'replace', path: '/data/n', value: user }])
    expect(await done).toMatch(/^[0-9a-f-]{36}$/)
    const other = waitFor(eve, `${configMaps}/other`, () => undefined, options)
    await expect(other).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('ends with its time, and with its signal', async () => {
    const api = await connected(cluster().kubeconfig)
    const wait = waitFor(api, `${configMaps}/never`, (object) => object, { timeoutMs: 300 })
    await expect(wait).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('did not come within 0.3 s'),
    })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    const options = { timeoutMs: 10_000, signal: stop.signal }
    await expect(waitFor(api, `${configMaps}/never`, (object) => object, options)).rejects.toMatchObject({
      code: 'interrupted',
    })
  })
})

import { expect, test } from 'vitest'
import {
  createObject,
  deleteObject,
  evictPod,
  getObject,
  jsonPointer,
  patchObject,
} from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from './connected.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data: { x: '1' },
})
const namespace = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'localhost/none', imagePullPolicy: 'Never' }] },
})

describeWithCluster('control-plane', 'writes to a real API server', (cluster) => {
  const admin = () => connected(cluster().kubeconfig)

  test('create, read, and create again', async () => {
    const api = await admin()
    const made = await createObject(api, configMaps, configMap('a'))
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(made.metadata['managedFields']).toMatchObject([{ manager: 'kubectl-secure' }])
    expect(await getObject(api, `${configMaps}/a`)).toEqual(made)
    const again = createObject(api, configMaps, configMap('a'))
    await expect(again).rejects.toMatchObject({ code: 'already-exists', unsettled: false })
  })

  test('a dry run stores nothing', async () => {
    const api = await admin()
    const would = await createObject(api, configMaps, configMap('dry'), { dryRun: true })
    expect(would.metadata).toMatchObject({ name: 'dry', resourceVersion: '' })
    expect(await getObject(api, `${configMaps}/dry`)).toBeUndefined()
    const made = await createObject(api, configMaps, configMap('dry'))
    const path = `${configMaps}/dry`
    await patchObject(api, path, [{ op: 'add', path: '/data/y', value: '2' }], { dryRun: true })
    expect(await deleteObject(api, path, { uid: made.metadata.uid }, { dryRun: true })).toBe('deleted')
    expect(await getObject(api, path)).toEqual(made)
  })

  test('a patch whose test fails, or whose path is not there, is a conflict; an invalid one is not', async () => {
    const api = await admin()
    const { metadata } = await createObject(api, configMaps, configMap('p'))
    const path = `${configMaps}/p`
    const uid = { op: 'test', path: '/metadata/uid', value: metadata.uid } as const
    const label = jsonPointer(['metadata', 'labels', 'example.io/a~b'])
    const conflicts = [
      { ...uid, value: 'another' },
      { op: 'test', path: '/metadata/resourceVersion', value: '1' } as const,
      { op: 'test', path: '/metadata/annotations/none', value: null } as const,
      { op: 'remove', path: '/data/none' } as const,
      { op: 'add', path: label, value: '1' } as const,
      { op: 'replace', path: '/metadata/resourceVersion', value: '1' } as const,
    ]
    for (const op of conflicts) {
      await expect(patchObject(api, path, [op]), op.path).rejects.toMatchObject({ code: 'conflict', unsettled: false })
    }
    const invalid = [
      { op: 'add', path: '/unknown', value: 1 } as const,
      { op: 'add', path: '/data/x', value: 1 } as const,
      { op: 'add', path: '/metadata/labels', value: { 'a b': '' } } as const,
      { op: 'replace', path: '/metadata/uid', value: 'q' } as const,
      { op: 'replace', path: '/metadata/name', value: 'q' } as const,
    ]
    for (const op of invalid) {
      await expect(patchObject(api, path, [op]), op.path).rejects.toMatchObject({ code: 'invalid', unsettled: false })
    }
    await expect(patchObject(api, path, [invalid[0] as never])).rejects.toThrow('unknown field "unknown"')
    await expect(patchObject(api, `${configMaps}/none`, [uid])).rejects.toMatchObject({ code: 'not-found' })
    const empty = { op: 'add', path: '/metadata/annotations', value: {} } as const
    const odd = { op: 'add', path: jsonPointer(['metadata', 'annotations', 'example.io/a']), value: '~/"' } as const
    const patched = await patchObject(api, path, [uid, empty, odd])
    expect(patched.metadata['annotations']).toEqual({ 'example.io/a': '~/"' })
  })

  test('fields that the server does not know are refused', async () => {
    const api = await admin()
    for (const more of [{ foo: 1 }, { data: { x: 1 } }, { metadata: { name: 'B_' } }]) {
      await expect(createObject(api, configMaps, { ...configMap('b'), ...more })).rejects.toMatchObject({
        code: 'invalid',
        unsettled: false,
      })
    }
  })

  test('a delete holds to the uid and the version', async () => {
    const api = await admin()
    const path = `${configMaps}/d`
    const first = await createObject(api, configMaps, configMap('d'))
    const { uid } = first.metadata
    await expect(deleteObject(api, path, { uid: 'another' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(deleteObject(api, path, { uid, resourceVersion: '1' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await getObject(api, path)).toEqual(first)
    expect(await deleteObject(api, path, { uid })).toBe('deleted')
    expect(await deleteObject(api, path, { uid })).toBe('gone')
    await createObject(api, configMaps, configMap('d'))
    await expect(deleteObject(api, path, { uid })).rejects.toMatchObject({ code: 'conflict', unsettled: false })
  })

  test('a delete that waits for finalizers, and one whose object comes back though it is gone', async () => {
    const api = await admin()
    const held = await createObject(api, configMaps, configMap('f', { finalizers: ['example.io/x'] }))
    const { uid } = held.metadata
    expect(await deleteObject(api, `${configMaps}/f`, { uid })).toBe('terminating')
    expect(await deleteObject(api, `${configMaps}/f`, { uid })).toBe('terminating')
    await patchObject(api, `${configMaps}/f`, [{ op: 'remove', path: '/metadata/finalizers' }])
    expect(await deleteObject(api, `${configMaps}/f`, { uid })).toBe('gone')
    const services = '/api/v1/namespaces/default/services'
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }
    const made = await createObject(api, services, service)
    expect(await deleteObject(api, `${services}/s`, { uid: made.metadata.uid })).toBe('deleted')
    const bare = await createObject(api, '/api/v1/namespaces/default/pods', pod('bare'))
    const bareUid = bare.metadata.uid
    expect(await deleteObject(api, '/api/v1/namespaces/default/pods/bare', { uid: bareUid })).toBe('deleted')
  })

  test('an eviction of another pod, and one that goes through', async () => {
    const api = await admin()
    const made = await createObject(api, '/api/v1/namespaces/default/pods', pod('evicted'))
    const path = '/api/v1/namespaces/default/pods/evicted'
    const { uid } = made.metadata
    await expect(evictPod(api, path, { uid: 'another' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await evictPod(api, path, { uid }, { dryRun: true })).toBe('evicted')
    expect((await getObject(api, path))?.metadata.uid).toBe(uid)
    expect(await evictPod(api, path, { uid })).toBe('evicted')
    expect(await evictPod(api, path, { uid })).toBe('gone')
  })

  test('who refused: a missing role, PodSecurity, a quota, a namespace that ends or must stay', async () => {
    const api = await admin()
    const eve = await connected(cluster().kubeconfig, { as: 'ev"e\\' })
    const missing = { code: 'forbidden', refusedBy: 'authorizer', unsettled: false }
    await expect(createObject(eve, configMaps, configMap('e'))).rejects.toMatchObject(missing)
    await expect(getObject(eve, `${configMaps}/a`)).rejects.toMatchObject(missing)
    await expect(getObject(eve, '/foo')).rejects.toMatchObject(missing)
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    await createObject(api, '/api/v1/namespaces', namespace('strict', restricted))
    const admission = { code: 'forbidden', refusedBy: 'admission', unsettled: false }
    const inStrict = () => createObject(api, '/api/v1/namespaces/strict/pods', pod('x'), { dryRun: true })
    await expect.poll(() => inStrict().catch((error: unknown) => error)).toMatchObject(admission)
    const uid = (await getObject(api, '/api/v1/namespaces/default'))?.metadata.uid ?? ''
    await expect(deleteObject(api, '/api/v1/namespaces/default', { uid })).rejects.toMatchObject(admission)
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { secrets: '0' } } }
    await createObject(api, '/api/v1/namespaces/strict/resourcequotas', quota)
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }
    const overQuota = () => createObject(api, '/api/v1/namespaces/strict/secrets', secret, { dryRun: true })
    await expect.poll(() => overQuota().catch((error: unknown) => error)).toMatchObject(admission)
    const ending = await createObject(api, '/api/v1/namespaces', {
      ...namespace('ending'),
      metadata: { name: 'ending', finalizers: ['example.io/x'] },
    })
    await deleteObject(api, '/api/v1/namespaces/ending', { uid: ending.metadata.uid })
    const late = () => createObject(api, '/api/v1/namespaces/ending/configmaps', configMap('late'))
    await expect
      .poll(() => late().catch((error: unknown) => error))
      .toMatchObject({ ...admission, status: { causes: [{ reason: 'NamespaceTerminating' }] } })
  })

  test('a warning of PodSecurity is heard', async () => {
    const api = await admin()
    await createObject(
      api,
      '/api/v1/namespaces',
      namespace('warned', { 'pod-security.kubernetes.io/warn': 'restricted' }),
    )
    const heard: string[] = []
    const onWarning = (text: string): void => void heard.push(text)
    await expect
      .poll(async () => {
        await createObject(api, '/api/v1/namespaces/warned/pods', pod('x'), { dryRun: true, onWarning }).catch(() => {})
        return heard[0]
      })
      .toMatch(/^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false \(container "main"/)
  })
})

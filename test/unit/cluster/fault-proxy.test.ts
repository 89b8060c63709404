import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createObject, getObject } from '../../../src/cluster/write.ts'
import { waitFor } from '../../../src/cluster/watch.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../../real/cluster/connected.ts'
import { faultProxy } from './fault-proxy.ts'
import type { Fault, Script } from './fault-proxy.ts'

const collection = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

describeWithCluster('control-plane', 'the fault proxy', (cluster) => {
  const open = async (script?: Script, requestTimeout?: string) => {
    const proxy = await faultProxy(cluster().kubeconfig, script)
    onTestFinished(() => proxy.close())
    const api = await connected(proxy.kubeconfig(), requestTimeout === undefined ? {} : { requestTimeout })
    return { proxy, api }
  }
  const isThere = async (name: string) =>
    (await getObject(await connected(cluster().kubeconfig), `${collection}/${name}`)) !== undefined

  test.each<[string, Fault, boolean, object]>([
    ['an-answer', { answer: 500 }, false, { code: 'server', unsettled: true }],
    ['a-conflict', { answer: 409 }, false, { code: 'conflict', unsettled: false }],
    ['taken', { answer: 409, reason: 'AlreadyExists' }, false, { code: 'already-exists', unsettled: false }],
    ['a-reset-before', { reset: 'before' }, false, { code: 'unreachable', unsettled: true }],
    ['a-reset-after', { reset: 'after' }, true, { code: 'unreachable', unsettled: true }],
    ['a-cut', { cut: true }, true, { code: 'bad-answer', unsettled: true }],
    ['a-stall', { stall: true }, true, { code: 'timeout', unsettled: true }],
    ['silence-before', { silence: 'before' }, false, { code: 'timeout', unsettled: true }],
    ['silence-after', { silence: 'after' }, true, { code: 'timeout', unsettled: true }],
    ['a-delay', { delayMs: 1500 }, true, { code: 'timeout', unsettled: true }],
  ])('%s', async (name, fault, reaches, expected) => {
    const { proxy, api } = await open((method) => (method === 'POST' ? fault : undefined), '1s')
    await expect(createObject(api, collection, configMap(name))).rejects.toMatchObject(expected)
    await expect.poll(() => isThere(name)).toBe(reaches)
    await expect
      .poll(() => proxy.carriedOut())
      .toEqual(reaches ? [{ method: 'POST', path: collection, status: 201 }] : [])
  })

  test('waits that a server asks for are kept, and the write comes once', async () => {
    const { proxy, api } = await open((_, __, n) =>
      n < 3 ? { answer: n === 1 ? 429 : 503, retryAfter: 0 } : undefined,
    )
    await createObject(api, collection, configMap('once'))
    expect(proxy.writes).toHaveLength(1)
  })

  test('counts refusals and dry runs for what they are', async () => {
    const { proxy, api } = await open()
    await createObject(api, collection, configMap('counted'), { dryRun: true })
    await createObject(api, collection, configMap('counted'))
    await createObject(api, collection, configMap('counted')).catch(() => {})
    expect(proxy.writes.map(({ status }) => status)).toEqual([201, 409])
    expect(proxy.carriedOut()).toHaveLength(1)
  })

  test('a watch passes', async () => {
    const { api } = await open()
    const wait = waitFor(api, `${collection}/seen`, (object) => object?.metadata.name, { timeoutMs: 10_000 })
    const made = sleep(300).then(async () => await createObject(api, collection, configMap('seen')))
    expect(await wait).toBe('seen')
    await made
  })

  test('its kubeconfig serves kubectl, as the administrator and as who has a token', async () => {
    const { proxy } = await open()
    const file = `${cluster().logDir}/proxy.kubeconfig`
    writeFileSync(file, proxy.kubeconfig())
    const kubectl = ['kubectl', '--kubeconfig', file, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
    expect(await cluster().exec(kubectl)).toMatchObject({ code: 0, stdout: 'admin' })
    const { stdout: token } = await cluster().exec(['kubectl', 'create', 'token', 'default'])
    writeFileSync(file, proxy.kubeconfig(token.trim()))
    expect(await cluster().exec(kubectl)).toMatchObject({ stdout: 'system:serviceaccount:default:default' })
    expect(proxy.writes).toEqual([])
  })
})

import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readBundle } from '../../../src/bundle/read.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { subresource } from '../../../src/change/kinds/subresource.ts'
import { getObject } from '../../../src/cluster/write.ts'
import { collectQuick } from '../../../src/evidence/quick.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import { apply, kubectl, namespace, podOf, ready } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

const lines = 140_000

describeWithCluster('node', 'evidence of one pod', (cluster) => {
  const uidOf = async (name: string) =>
    await kubectl(cluster(), 'get', 'pod', name, '-n', 'shop', '-o', 'jsonpath={.metadata.uid}')

  beforeAll(async () => {
    const text = 'x'.repeat(80)
    const flood = `i=0; while [ $i -lt ${lines} ]; do echo line $i ${text}; i=$((i+1)); done; while :; do echo tick; sleep 1; done`
    await apply(
      cluster(),
      namespace('shop'),
      podOf('shop', 'web'),
      podOf('shop', 'flood', { command: ['/bin/sh', '-c', flood], args: [] }),
    )
    await ready(cluster(), 'shop', 'web', 'flood')
  })

  test('what isolate takes beside the cut is a case that can be verified, and that what is missing is named in', async () => {
    const pod = { namespace: 'shop', name: 'web', uid: await uidOf('web') }
    const around = {
      id: 'evidence-x',
      tool: { name: 'kubectl-secure', version: '0' },
      command: ['isolate'],
      localUser: 'tester',
    }
    const api = await connected(cluster().kubeconfig)
    const parent = scratch()
    const found = await collectQuick(api, [pod], parent, { ...around, incident: 'INC-1' })
    expect(found).toEqual({ directory: join(parent, 'evidence-x'), complete: true, missing: [] })
    expect(await verify(found.directory)).toMatchObject({ isIntact: true, form: 'case' })
    const bundle = await readBundle(found.directory)
    expect(bundle.head).toMatchObject({ incident: 'INC-1', command: ['isolate'] })
    const files = [...(await filesOf(bundle)).keys()]
    expect(files).toEqual(
      expect.arrayContaining([
        'raw/_core/v1/pods/shop/by-name/web.json',
        'raw/_core/v1/nodes/_cluster/by-name/node1.json',
        `scene/events/shop/web_${pod.uid}.json`,
        `logs/shop/web_${pod.uid}/main/current.log`,
      ]),
    )
    const gone = { namespace: 'shop', name: 'gone', uid: 'x' }
    const none = await collectQuick(api, [gone], parent, { ...around, id: 'evidence-y' })
    expect(none).toMatchObject({ complete: false, missing: [expect.stringMatching(/^get pod gone in shop: .*404/)] })
  })

  test('a container that is added right now has no log before it starts, and none before that ever', async () => {
    const pod = { namespace: 'shop', name: 'web', uid: await uidOf('web') }
    const api = await connected(cluster().kubeconfig)
    const container = { name: 'late', image: 'localhost/agnhost:1', imagePullPolicy: 'Never', command: ['true'] }
    const path = '/api/v1/namespaces/shop/pods/web'
    const read = await getObject(api, path)
    const looked = { state: 'before' as const, ...(read && { object: read }) }
    const ref = { apiVersion: 'v1', kind: 'Pod', resource: 'pods', ...pod }
    const context = { cluster: api, planId: 'x', uids: new Map<string, string>() }
    const change = {
      id: 'x',
      do: 'subresource' as const,
      subresource: 'ephemeralcontainers' as const,
      why: '',
      ref,
      container,
    }
    await subresource.apply(context, change, looked).send({})
    const around = { tool: { name: 'kubectl-secure', version: '0' }, command: ['isolate'], localUser: 'tester' }
    const found = await collectQuick(api, [pod], scratch(), { ...around, id: 'evidence-late' })
    expect(found).toMatchObject({ complete: true, missing: [] })
  })

  test('a log that the kubelet has rotated is whole: the newest file by the API, the others by the node', async () => {
    const path = `/api/v1/nodes/node1/proxy/logs/pods/shop_flood_${await uidOf('flood')}/main/`
    await expect
      .poll(() => kubectl(cluster(), 'get', '--raw', path), { timeout: 90_000, interval: 2000 })
      .toMatch(/0\.log\.\d/)
    // All lines are out, and the newest file has none of them.
    await expect
      .poll(() => kubectl(cluster(), 'logs', 'flood', '-n', 'shop', '--tail=1'), { timeout: 60_000, interval: 1000 })
      .toContain('tick')
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await connected(cluster().kubeconfig), {
      namespace: 'shop',
      targets: ['pod/flood'],
      maxLogBytes: 64 * 1024 * 1024,
    })
    expect(whats(report)).toEqual([])
    const files = [...(await filesOf(await sealedBundle(directory)))].filter(([name]) =>
      /\/main\/(current|rotated\/).*log/.test(name),
    )
    expect(files.length).toBeGreaterThan(1)
    const seen = new Set(
      files.flatMap(([, { bytes }]) => [...bytes.toString().matchAll(/ line (\d+) x/g)].map(([, number]) => number)),
    )
    expect(seen.size).toBe(lines)
  })
})

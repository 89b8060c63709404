import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createObject } from '../../../src/cluster/write.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { faultProxy } from '../../unit/cluster/fault-proxy.ts'
import { connected } from '../cluster/connected.ts'
import { apply, established, image, kubectl, namespace, podOf, ready } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

const canary = 'hunter2-canary-value'
const big = '9007199254740993'
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'numbers.test.example' },
  spec: {
    group: 'test.example',
    names: { kind: 'Number', plural: 'numbers', singular: 'number', listKind: 'NumberList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { value: { type: 'integer', format: 'int64' } },
          },
        },
      },
    ],
  },
}
// Two containers whose logs could be taken for one another's; the first has run before.
const twins = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'twins', labels: { app: 'twins' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: 'm', emptyDir: {} }],
    initContainers: [{ name: 'init', image, command: ['/bin/sh', '-c', 'echo init'] }],
    containers: [
      {
        name: 'app',
        image,
        command: ['/bin/sh', '-c', '[ -e /m/x ] && exec sleep 1000; touch /m/x; echo app; exit 1'],
        volumeMounts: [{ name: 'm', mountPath: '/m' }],
      },
      { name: 'app-previous', image, command: ['/bin/sh', '-c', 'echo other; exec sleep 1000'] },
    ],
  },
}

describeWithCluster('node', 'evidence of a cluster', (cluster) => {
  const raw = async (path: string) => await kubectl(cluster(), 'get', '--raw', path)
  const open = async () => await connected(cluster().kubeconfig)

  beforeAll(async () => {
    await apply(cluster(), namespace('shop'), crd)
    await established(cluster(), 'numbers.test.example')
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' } }
    await apply(cluster(), { ...secret, stringData: { password: canary } }, podOf('shop', 'web'), twins)
    const number = `{"apiVersion":"test.example/v1","kind":"Number","metadata":{"name":"one","namespace":"shop"},"value":${big}}`
    const { code, stderr } = await cluster().exec(['kubectl', 'create', '-f', '-'], { input: number })
    if (code !== 0) throw new Error(stderr)
    await ready(cluster(), 'shop', 'web')
    const restarted = '--for=jsonpath={.status.containerStatuses[0].restartCount}=1'
    await kubectl(cluster(), 'wait', '-n', 'shop', 'pod/twins', restarted, '--timeout=60s')
  })

  test('lists are byte for byte what the server sends, values of Secrets never are, and all of it can be verified', async () => {
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await open(), { namespace: 'shop', profile: 'full' })
    expect({ ...report, gaps: [] }).toMatchObject({ directory })
    expect(whats(report)).toEqual([])
    expect(report.status).toBe('complete')
    const bundle = await sealedBundle(directory)
    const files = await filesOf(bundle)
    const lists = [...files].filter(([, { meta }]) => meta.list)
    expect(lists.length).toBeGreaterThan(45)
    let compared = 0
    for (const [name, { bytes, meta }] of lists) {
      expect(bytes.includes(canary) || bytes.includes(Buffer.from(canary).toString('base64')), name).toBe(false)
      if (meta.accept !== 'application/json' || !meta.list || !/^[1-9]/.test(meta.list.resourceVersion)) continue
      // The same state again, as kubectl gets it.
      const then = `${meta.path}&resourceVersion=${meta.list.resourceVersion}&resourceVersionMatch=Exact`
      expect(bytes.toString(), name).toBe(await raw(then))
      compared++
    }
    expect(compared).toBeGreaterThan(45)
    expect(files.get('raw/test.example/v1/numbers/_cluster/0001.json')?.bytes.toString()).toContain(`"value":${big}`)
    const secrets = files.get('raw/_core/v1/secrets/_cluster/0001.json')
    expect(secrets?.bytes.toString()).toContain('"name":"db"')
    expect(secrets?.meta).toMatchObject({ droppedLastApplied: 1 })
    expect(files.get('nodes/node1/configz.json')?.bytes.toString()).toContain('kubeletconfig')
    expect(JSON.parse(files.get('api-server/version/answer.json')?.bytes.toString() ?? '')).toMatchObject({
      major: '1',
    })
    expect(bundle.head).toMatchObject({ operator: { user: 'admin' }, cluster: { server: cluster().server } })
    expect(bundle.document('environment')).toMatchObject({
      server: { authority: expect.stringMatching(/^[0-9A-F:]{95}$/) },
    })
  })

  test('logs of every container and of the run before, as kubectl has them, and none in the place of another', async () => {
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await open(), {
      namespace: 'shop',
      targets: ['pod/twins'],
      profile: 'quick',
    })
    expect(whats(report)).toEqual([])
    const files = await filesOf(await sealedBundle(directory))
    const uid = await kubectl(cluster(), 'get', 'pod', 'twins', '-n', 'shop', '-o', 'jsonpath={.metadata.uid}')
    const log = (name: string) => files.get(`logs/shop/twins_${uid}/${name}.log`)?.bytes.toString()
    expect(log('init/current')).toMatch(/^\S+ init\n$/)
    expect(log('app/previous')).toMatch(/^\S+ app\n$/)
    expect(log('app-previous/current')).toBe(
      await kubectl(cluster(), 'logs', 'twins', '-n', 'shop', '-c', 'app-previous', '--timestamps'),
    )
    expect(log('app-previous/previous')).toBeUndefined()
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['raw/_core/v1/pods/shop/by-name/twins.json', `scene/events/shop/twins_${uid}.json`]),
    )
  })

  test('our own requests are known to the audit log by the ids that we gave', async () => {
    const directory = join(scratch(), 'case')
    await collectTo(directory, await open(), { namespace: 'shop' })
    const ours = new Map<string, string>()
    for await (const { request } of (await readBundle(directory)).entries('request'))
      ours.set(request['auditId'] as string, request['path'] as string)
    const secrets = [...ours].find(([, path]) => path.startsWith('/api/v1/secrets?'))
    await expect.poll(() => readFileSync(cluster().auditLog, 'utf8')).toContain(`"auditID":"${secrets?.[0]}"`)
  })

  test('of a long log the beginning and the end, and a gap between them', async () => {
    const directory = join(scratch(), 'case')
    const lines = 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exec sleep 1000'
    await apply(cluster(), podOf('shop', 'flood', { command: ['/bin/sh', '-c', lines], args: [] }))
    await ready(cluster(), 'shop', 'flood')
    const kubectlSays = () => kubectl(cluster(), 'logs', 'flood', '-n', 'shop', '--timestamps')
    await expect.poll(kubectlSays).toContain('line 1999')
    const whole = await kubectlSays()
    const report = await collectTo(directory, await open(), {
      namespace: 'shop',
      targets: ['pod/flood'],
      profile: 'quick',
      maxLogBytes: 1000,
    })
    expect(report.status).toBe('partial')
    expect(whats(report)).toEqual([expect.stringContaining(`${whole.length - 1000} of ${whole.length} bytes`)])
    const files = await filesOf(await sealedBundle(directory))
    const part = (name: string) => [...files].find(([path]) => path.endsWith(name))?.[1].bytes.toString()
    expect(part('current.log')).toBe(whole.slice(0, 500))
    expect(part('current.tail.log')).toBe(whole.slice(-500))
  })

  test('an audit log is copied as it is', async () => {
    const directory = join(scratch(), 'case')
    const before = readFileSync(cluster().auditLog)
    const report = await collectTo(directory, await open(), {
      namespace: 'shop',
      auditLogs: [cluster().auditLog, '/nonexistent'],
    })
    expect(whats(report)).toEqual(['the audit log /nonexistent'])
    const files = await filesOf(await sealedBundle(directory))
    expect(files.get('audit/1-audit.log/log')?.bytes.subarray(0, before.length)).toEqual(before)
  })

  test('a workload means the pods that it owns, and whoever only has their labels is not one of them', async () => {
    const api = await open()
    const labels = { app: 'owned' }
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: 'main', image }], terminationGracePeriodSeconds: 0 },
    }
    await apply(cluster(), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'shop', name: 'owned' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    })
    await kubectl(cluster(), 'wait', '-n', 'shop', '--for=condition=Available', 'deployment/owned', '--timeout=60s')
    await createObject(api, '/api/v1/namespaces/shop/pods', {
      ...podOf('shop', 'imposter'),
      metadata: { namespace: 'shop', name: 'imposter', labels },
    })
    const directory = join(scratch(), 'case')
    await collectTo(directory, api, { namespace: 'shop', targets: ['deployment/owned'], profile: 'quick' })
    const files = [...(await filesOf(await sealedBundle(directory))).keys()]
    expect(files.filter((path) => path.startsWith('raw/_core/v1/pods/shop/by-name/owned-'))).toHaveLength(2)
    expect(files.filter((path) => path.includes('replicasets/shop/by-name/owned-'))).toHaveLength(1)
    expect(files.filter((path) => path.includes('imposter'))).toEqual([])
  })

  test.each(['deleted', 'replaced'])(
    'a pod that is %s while its log is read: what there is stays, and is not taken for its own',
    async (how) => {
      const name = `passing-${how}`
      const make = () => apply(cluster(), podOf('shop', name))
      await make()
      await ready(cluster(), 'shop', name)
      const uid = await kubectl(cluster(), 'get', 'pod', name, '-n', 'shop', '-o', 'jsonpath={.metadata.uid}')
      let change: Promise<unknown> | undefined
      const proxy = await faultProxy(cluster().kubeconfig, (_, path) => {
        if (path !== `/api/v1/namespaces/shop/pods/${name}/log`) return undefined
        change ??= (async () => {
          await kubectl(cluster(), 'delete', 'pod', name, '-n', 'shop', '--grace-period=0', '--force')
          if (how === 'replaced') await make().then(() => ready(cluster(), 'shop', name))
        })()
        return { delayMs: 8000 }
      })
      onTestFinished(() => proxy.close())
      const directory = join(scratch(), 'case')
      const report = await collectTo(directory, await connected(proxy.kubeconfig()), {
        namespace: 'shop',
        targets: [`pod/${name}`],
        profile: 'quick',
      })
      await change
      expect(report.status).toBe('partial')
      const why = how === 'deleted' ? 'it was deleted meanwhile' : 'another pod has its name now'
      expect(report.gaps).toContainEqual(
        expect.objectContaining({ what: `the logs of pod ${name} in shop (${uid})`, why }),
      )
      await sealedBundle(directory)
    },
  )
})

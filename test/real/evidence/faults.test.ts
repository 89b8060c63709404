import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { readBundle } from '../../../src/bundle/read.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import { createObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { faultProxy, type Script } from '../../unit/cluster/fault-proxy.ts'
import { connected } from '../cluster/connected.ts'
import { kubectl } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

const accounts = '/api/v1/serviceaccounts'
const services = '/api/v1/services'
const many = 3200

describeWithCluster('control-plane', 'evidence while things go wrong', (cluster) => {
  const through = async (script: Script, requestTimeout?: string) => {
    const proxy = await faultProxy(cluster().kubeconfig, script)
    onTestFinished(() => proxy.close())
    return await connected(proxy.kubeconfig(), requestTimeout === undefined ? {} : { requestTimeout })
  }
  const onPath = (path: string, fault: (n: number) => ReturnType<Script>): Script => {
    return (_, asked, n) => (asked === path ? fault(n) : undefined)
  }
  const rowsOf = async (directory: string, path: string) => {
    const rows: { path?: unknown; answers?: { status: number }[]; error?: unknown }[] = []
    for await (const { request } of (await readBundle(directory)).entries('request'))
      if ((request['path'] as string).split('?')[0] === path) rows.push(request)
    return rows
  }

  beforeAll(async () => {
    const { connectTo } = await import('../change/harness.ts')
    const api = await connectTo(cluster().kubeconfig)
    const names = Array.from({ length: many }, (_, index) => `account-${index}`)
    await inParallel(
      names,
      (name) =>
        createObject(api, '/api/v1/namespaces/default/serviceaccounts', {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name },
        }),
      8,
    )
    api.close()
  })

  test('a continue token that expires at page 7: the list begins anew, and no two states are mixed', async () => {
    const directory = join(scratch(), 'case')
    const gone = onPath(accounts, (n) => (n === 7 ? { answer: 410 } : undefined))
    const report = await collectTo(directory, await through(gone), {})
    expect(whats(report)).toEqual([])
    const bundle = await sealedBundle(directory)
    const pages = [...(await filesOf(bundle))].filter(([path]) => path.startsWith('raw/_core/v1/serviceaccounts/'))
    const ofRun = (run: number) => pages.filter(([, { meta }]) => meta.list?.run === run)
    expect(ofRun(1).map(([, { meta }]) => meta.list?.last)).toEqual(Array(6).fill(false))
    expect(ofRun(2).map(([, { meta }]) => meta.list?.page)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(ofRun(2).at(-1)?.[1].meta.list?.last).toBe(true)
    for (const run of [1, 2]) expect(new Set(ofRun(run).map(([, { meta }]) => meta.list?.resourceVersion)).size).toBe(1)
    const names = ofRun(2).flatMap(([, { bytes }]) =>
      (JSON.parse(bytes.toString()) as { items: { metadata: { name: string } }[] }).items.map(
        ({ metadata }) => metadata.name,
      ),
    )
    const made = names.filter((name) => name.startsWith('account-'))
    expect(made).toHaveLength(many)
    expect(new Set(made).size).toBe(many)
    const notes = []
    for await (const { kind, data } of bundle.entries('note')) if (kind === 'list-expired') notes.push(data)
    expect(notes).toEqual([expect.objectContaining({ run: 1 })])
  })

  test('one that expires again and again is asked for in one piece', async () => {
    const directory = join(scratch(), 'case')
    const gone = onPath(accounts, (n) => (n === 2 || n === 4 ? { answer: 410 } : undefined))
    const report = await collectTo(directory, await through(gone), {})
    expect(whats(report)).toEqual([])
    const files = await filesOf(await sealedBundle(directory))
    const last = [...files.values()].filter(({ meta }) => meta.list?.run === 3 && meta.path?.startsWith(accounts))
    expect(last).toMatchObject([{ meta: { path: accounts, list: { page: 1, last: true } } }])
    expect((JSON.parse(String(last[0]?.bytes)) as { items: [] }).items.length).toBeGreaterThan(many)
  })

  test('a body that is cut is kept as it came, and asked for anew', async () => {
    const directory = join(scratch(), 'case')
    const report = await collectTo(
      directory,
      await through(onPath(services, (n) => (n === 1 ? { cut: true } : undefined))),
      {},
    )
    expect(report).toMatchObject({ status: 'complete' })
    const bundle = await sealedBundle(directory)
    const cut = [...bundle.kept.values()].filter((kept) => kept.cut !== undefined)
    expect(cut).toMatchObject([
      { file: 'data/raw/=5fcore/v1/services/=5fcluster/0001.json.part1'.replaceAll('=5f', '_') },
    ])
    const whole = (await filesOf(bundle)).get('raw/_core/v1/services/_cluster/0001.json')
    expect(whole?.bytes.length).toBeGreaterThan(cut[0]?.bytes ?? Infinity)
    expect(await rowsOf(directory, services)).toMatchObject([
      { error: expect.stringContaining('cut short') },
      { bytes: expect.any(Number) },
    ])
  })

  test.each<[string, Script, string]>([
    ['cut every time', onPath(services, () => ({ cut: true })), 'cut short'],
    ['refused with 500', onPath(services, () => ({ answer: 500 })), '500 Internal Server Error'],
    ['silent', onPath(services, () => ({ silence: 'after' })), 'no answer within'],
    ['lost', onPath(services, () => ({ reset: 'after' })), services],
  ])('what is %s is a gap, and all else is there', async (_, script, why) => {
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await through(script, '2s'), {})
    expect(report.status).toBe('partial')
    expect(report.gaps).toEqual([
      expect.objectContaining({ what: 'list services', path: services, why: expect.stringContaining(why) }),
    ])
    const files = [...(await filesOf(await sealedBundle(directory))).keys()]
    expect(files.filter((path) => path.includes('/services/'))).toEqual([])
    expect(files).toContain('raw/rbac.authorization.k8s.io/v1/clusterroles/_cluster/0001.json')
    expect(files).toContain('raw/_core/v1/serviceaccounts/_cluster/0007.json')
  })

  test('a server that asks to wait is asked again, and each answer is written down', async () => {
    const directory = join(scratch(), 'case')
    const busy = onPath(services, (n) => (n === 1 ? { answer: 429, retryAfter: 0 } : undefined))
    expect(await collectTo(directory, await through(busy), {})).toMatchObject({ status: 'complete' })
    expect(await rowsOf(directory, services)).toMatchObject([
      { answers: [{ status: 429, retryAfter: '0' }, { status: 200 }] },
    ])
  })

  test('an aggregated API that is down hides its own objects alone', async () => {
    const service = { name: 'gone', namespace: 'default' }
    const spec = {
      group: 'down.example',
      version: 'v1',
      service,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    }
    const api = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.down.example' },
      spec,
    }
    await cluster().exec(['kubectl', 'create', '-f', '-'], { input: JSON.stringify(api) })
    onTestFinished(async () => void (await kubectl(cluster(), 'delete', 'apiservice', 'v1.down.example')))
    const served = () => kubectl(cluster(), 'get', '--raw', '/apis')
    await expect.poll(served, { timeout: 30_000 }).toContain('down.example')
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await connected(cluster().kubeconfig), {})
    expect(whats(report)).toEqual([expect.stringContaining('down.example')])
    expect(report.status).toBe('partial')
  })

  test('a cluster that goes away: what there is stays, and the rest is not waited for', async () => {
    const directory = join(scratch(), 'case')
    let isGone = false
    const dies: Script = (_, path) => {
      isGone ||= path === services
      return isGone ? { reset: 'before' } : undefined
    }
    const report = await collectTo(directory, await through(dies), {})
    expect(report.status).toBe('partial')
    expect(whats(report)).toContain('list services')
    expect(report.gaps.map(({ why }) => why)).toContainEqual(expect.stringContaining('does not answer any more'))
    await sealedBundle(directory)
    // Later it is back, and the case goes on.
    expect(await collectTo(directory, await connected(cluster().kubeconfig), undefined)).toMatchObject({
      status: 'complete',
      gaps: [],
    })
  })

  // Whoever is not root cannot make a disk small.
  test.skipIf(process.getuid?.() !== 0)('a full disk: nothing that was read is lost, and it goes on', async () => {
    const small = scratch()
    const mount = (...options: string[]) => execFileSync('mount', ['-t', 'tmpfs', '-o', ...options, 'tmpfs', small])
    mount('size=700k')
    onTestFinished(() => void execFileSync('umount', [small]))
    const directory = join(small, 'case')
    const api = await connected(cluster().kubeconfig)
    await expect(collectTo(directory, api, {})).rejects.toMatchObject({ code: 'journal', exitCode: 4 })
    mount('remount,size=32m')
    const before = (await verify(directory)).counts?.artefact ?? 0
    expect(before).toBeGreaterThan(3)
    expect(await collectTo(directory, api, undefined)).toMatchObject({ status: 'complete' })
    const { counts, problems } = await verify(directory)
    expect(problems).toEqual([])
    expect(counts).toMatchObject({ resume: 1 })
    expect(counts?.artefact).toBeGreaterThan(before)
    await sealedBundle(directory)
  })
})

import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { timeline } from '../../../src/audit-log/timeline-order.ts'
import type { TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { createObject } from '../../../src/cluster/write.ts'
import { openEvidenceTimeline } from '../../../src/evidence/timeline/open-timeline.ts'
import { binary } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Fault, faultProxy, type Script } from '../../unit/cluster/fault-proxy.ts'
import { connected } from '../cluster/connected.ts'
import { apply, kubectl, namespace } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

const rbac = 'rbac.authorization.k8s.io'
// All of these the API server takes as names of roles.
const names = [
  'system:nasty',
  'CON',
  'con',
  'Con.json',
  '\u00e9',
  'e\u0301',
  'a\nb',
  '\u001b[2J',
  '-rf',
  'x'.repeat(200),
]
const services = '/api/v1/services'

describeWithCluster('control-plane', 'nasty evidence', (cluster) => {
  const open = async () => await connected(cluster().kubeconfig)
  const through = async (script: Script, requestTimeout?: string) => {
    const proxy = await faultProxy(cluster().kubeconfig, script)
    onTestFinished(() => proxy.close())
    return await connected(proxy.kubeconfig(), requestTimeout === undefined ? {} : { requestTimeout })
  }
  const bind = (kind: 'ClusterRoleBinding' | 'RoleBinding', name: string, role: string, user: string) => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(kind === 'RoleBinding' && { namespace: 'shop' }) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user, apiGroup: rbac }],
  })
  const role = (name: string, ...rules: object[]) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules,
  })

  beforeAll(async () => await apply(cluster(), namespace('shop')))

  test('with the rights of one namespace: what is refused is a gap; roles of any name are files of their own, everywhere', async () => {
    const { kubeconfig } = await cluster().clientCert('tenant')
    const api = await open()
    const readRoles = { apiGroups: [rbac], resources: ['clusterroles'], verbs: ['get'] }
    await apply(
      cluster(),
      role('read-roles', readRoles),
      bind('ClusterRoleBinding', 'read-roles', 'read-roles', 'tenant'),
      bind('RoleBinding', 'admin', 'admin', 'tenant'),
    )
    for (const name of names) {
      await createObject(api, `/apis/${rbac}/v1/clusterroles`, role(name))
      await createObject(
        api,
        `/apis/${rbac}/v1/namespaces/shop/rolebindings`,
        bind('RoleBinding', name, name, 'nobody'),
      )
    }
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await connected(kubeconfig), { namespace: 'shop' })
    expect(report.status).toBe('partial')
    expect(report.gaps).toContainEqual(
      expect.objectContaining({ what: `list clusterroles.${rbac}`, code: 'forbidden' }),
    )
    expect(whats(report).filter((what) => /get clusterroles| in shop$/.test(what))).toEqual(
      whats(report).filter((what) => what.endsWith(' in shop')),
    )
    const files = await filesOf(await sealedBundle(directory))
    for (const name of names) {
      const file = files.get(`raw/${rbac}/v1/clusterroles/_cluster/by-name/${name}.json`)
      expect(JSON.parse(file?.bytes.toString() ?? '{}'), name).toMatchObject({ metadata: { name } })
    }
    // Refused is not empty.
    for (const { path, code } of report.gaps)
      if (code === 'forbidden')
        expect(
          [...files.values()].filter(({ meta }) => meta.path === path),
          path,
        ).toEqual([])
    expect([...files.keys()]).toContain(`raw/${rbac}/v1/rolebindings/shop/0001.json`)
    // As others unpack and check it; then as the file systems of Windows and macOS take names.
    const elsewhere = scratch()
    execFileSync('tar', ['-xzf', `${directory}.tar.gz`, '-C', elsewhere])
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'manifest-sha256.txt'], {
      cwd: join(elsewhere, 'case'),
    })
    const unpacked = readdirSync(elsewhere, { recursive: true, encoding: 'utf8' })
    expect(new Set(unpacked.map((one) => one.normalize('NFD').toLowerCase())).size).toBe(unpacked.length)
    expect(unpacked.filter((one) => /[<>:"\\|?*\p{Cc}]|(^|\/)(con|nul|aux)(\.|\/|$)|[. ](\/|$)/iu.test(one))).toEqual(
      [],
    )
  })

  test('one type that is refused: it is a gap in every namespace, and all others are there', async () => {
    const { kubeconfig } = await cluster().clientCert('nearly')
    const api = await open()
    const { groups } = await api.json<{ groups: { name: string }[] }>({ path: '/apis' })
    const others = ['', ...groups.map(({ name }) => name)].filter((group) => group !== 'networking.k8s.io')
    const all = role(
      'nearly-all',
      { apiGroups: others, resources: ['*'], verbs: ['*'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: ['list'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    )
    await apply(cluster(), all, bind('ClusterRoleBinding', 'nearly-all', 'nearly-all', 'nearly'))
    const [whole, poor] = [join(scratch(), 'case'), join(scratch(), 'case')]
    expect((await collectTo(whole, api, {})).status).toBe('complete')
    const report = await collectTo(poor, await connected(kubeconfig), {})
    expect(report.status).toBe('partial')
    const refused = 'list networkpolicies.networking.k8s.io'
    const spaces = (await kubectl(cluster(), 'get', 'namespaces', '-o', 'name')).trim().split('\n')
    const expected = [refused, ...spaces.map((one) => `${refused} in ${one.split('/')[1]}`)]
    expect(whats(report).toSorted()).toEqual(expected.toSorted())
    const lists = async (directory: string) =>
      [...(await filesOf(await sealedBundle(directory))).keys()].filter((path) => path.startsWith('raw/'))
    expect(await lists(poor)).toEqual((await lists(whole)).filter((path) => !path.includes('/networkpolicies/')))
  })

  test('an answer that stops in its middle is kept as it came, and is a gap', async () => {
    const directory = join(scratch(), 'case')
    const stalled = await through((_, path) => (path === services ? { stall: true } : undefined), '1s')
    const report = await collectTo(directory, stalled, {})
    expect(report.status).toBe('partial')
    expect(report.gaps).toContainEqual(expect.objectContaining({ path: services, code: 'timeout' }))
    const kept = [...(await sealedBundle(directory)).kept.values()].filter(({ path }) => path?.[3] === 'services')
    expect(kept).toHaveLength(3)
    for (const { cut, bytes } of kept)
      expect([bytes > 0, cut]).toEqual([true, expect.stringContaining('no answer within')])
  })

  test('whatever goes wrong with any request: what is not whole is a gap, and what is whole is all there is', async () => {
    const listed = async (directory: string) => {
      const found = new Map<string, { names: string[]; isWhole: boolean }>()
      for (const { bytes, meta } of (await filesOf(await sealedBundle(directory))).values()) {
        if (!meta.list) continue
        const { items } = JSON.parse(bytes.toString()) as { items: { metadata: { name: string } }[] | null }
        const path = meta.path?.split('?')[0] ?? ''
        found.set(path, { names: (items ?? []).map(({ metadata }) => metadata.name), isWhole: meta.list.last })
      }
      return found
    }
    const first = join(scratch(), 'case')
    await collectTo(first, await open(), {})
    const wanted = await listed(first)
    expect(wanted.size).toBeGreaterThan(20)
    const paths = [...wanted.keys(), '/api', '/apis', '/version']
    const fault = fc.constantFrom<Fault>(
      { answer: 429, retryAfter: 0 },
      { answer: 500 },
      { answer: 503 },
      { answer: 410 },
      { cut: true },
      { stall: true },
      { reset: 'before' },
      { reset: 'after' },
    )
    const planned = fc.array(
      fc.record({ path: fc.constantFrom(...paths), to: fc.constantFrom(1, 2, 3, Infinity), fault }),
      { minLength: 5, maxLength: 15 },
    )
    await fc.assert(
      fc.asyncProperty(planned, async (plan) => {
        const script: Script = (_, path, n) => plan.find((one) => one.path === path && n <= one.to)?.fault
        const directory = join(scratch(), 'case')
        const report = await collectTo(directory, await through(script, '1s'), {})
        const found = await listed(directory)
        const gaps = report.gaps.map(({ path, what }) => path ?? what)
        const isBlind = gaps.some((gap) => gap === '/api' || gap === '/apis' || gap.startsWith('discovery'))
        for (const [path, { names: its }] of wanted) {
          const there = found.get(path)
          if (there?.isWhole) expect(new Set(there.names).isSupersetOf(new Set(stable(path, its))), path).toBe(true)
          else expect(isBlind || gaps.includes(path), path).toBe(true)
        }
        expect(report.status === 'complete').toBe(gaps.length === 0)
      }),
      // Another one each time that the tests run.
      { numRuns: 1, endOnFailure: true },
    )
  })

  test('a node that is seven minutes ahead, and API servers three seconds apart: corrected as far as that is known, and unsure', async () => {
    const api = await open()
    const began = Date.now()
    const ahead = new Date(began + 420_000).toISOString()
    await createObject(api, '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'fast', namespace: 'kube-node-lease' },
      spec: { holderIdentity: 'fast', leaseDurationSeconds: 40, renewTime: ahead.replace('Z', '000Z') },
    })
    const second = ahead.replace(/\.\d+Z/, 'Z')
    await createObject(api, '/api/v1/namespaces/shop/events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'ahead', namespace: 'shop' },
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
      source: { component: 'kubelet', host: 'fast' },
      reason: 'Killing',
      message: 'it is over',
      firstTimestamp: second,
      lastTimestamp: second,
      count: 1,
    })
    let count = 0
    const directory = join(scratch(), 'case')
    await collectTo(directory, await through(() => ({ aheadMs: count++ % 2 === 0 ? 0 : 3000 })), { namespace: 'shop' })
    const bundle = await sealedBundle(directory)
    expect(bundle.document('clock')).toMatchObject({ agree: false })
    const { rows, report } = await openEvidenceTimeline([bundle], [], { asked: questions })
    const found: TimelineRow[] = []
    for await (const row of rows) found.push(row)
    const sorted = timeline(found)
    const event = sorted.find(({ name, kind }) => kind === 'event' && name === 'web')
    expect(event).toMatchObject({ time: second, source: 'node/fast' })
    const off = Date.parse(event?.corrected ?? '') - began
    expect(Math.abs(off)).toBeLessThanOrEqual(event?.uncertaintyMs ?? 0)
    expect(event?.uncertaintyMs).toBeLessThan(60_000)
    // What the cluster has made in its first seconds lies closer together than its clocks agree.
    const servers = sorted.filter(({ source }) => source === 'api-server')
    expect(servers.length).toBeGreaterThan(5)
    for (const { apartMs } of servers) expect(apartMs).toBeGreaterThan(3000)
    expect(servers.some(({ orderSure }) => !orderSure)).toBe(true)
    expect(report().notes.join('\n')).toMatch(/several API servers whose clocks differ.*node fast is 4\d\d\.\d s ahead/)
  })

  const missing = process.getuid?.() === 0 && process.platform === 'linux'
  test.skipIf(!missing)('where nothing can be written it ends with 4, and has made nothing', () => {
    const place = scratch()
    const words = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && exec "$2" "$3" evidence collect --output case`
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', words, 'sh', place, process.execPath, binary],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', HOME: place, KUBECONFIG: cluster().kubeconfig },
      },
    )
    expect([status, stdout]).toEqual([4, ''])
    expect(stderr).toMatch(/error: .*(EROFS|read-only)/)
    expect(readdirSync(place)).toEqual([])
  })
})

// Leases and Events come and go by themselves.
const stable = (path: string, names: string[]) => (/\/(leases|events)$/.test(path) ? [] : names)

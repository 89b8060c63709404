import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { LockdownReport } from '../../src/lockdown/report.ts'
import type { LockdownStatusReport } from '../../src/lockdown/status.ts'
import { describeWithCluster } from '../cluster/suite.ts'
import { connectTo } from '../real/change/harness.ts'
import { until } from '../real/isolation/stage.ts'
import { essenceOf } from '../real/lockdown/locking.ts'
import { faultProxy } from '../unit/cluster/fault-proxy.ts'
import { folder, hasTerminal, onTerminal, secure } from './run.ts'

const deployment = (namespace: string, name: string, replicas: number, env: object[] = []) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'x', env }] },
    },
  },
})
const service = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
})

describeWithCluster('control-plane', 'a lockdown at work, by the command line', (cluster) => {
  let api: Cluster
  const state = folder()
  const env = (kubeconfig = cluster().kubeconfig) => ({ KUBECONFIG: kubeconfig, XDG_STATE_HOME: state })
  const kubectl = async (argv: string[], input?: string) => {
    const { code, stdout, stderr } = await cluster().exec(['kubectl', ...argv], input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  const closed = async (...words: string[]) => await secure(['lockdown', '--status', 'shop', ...words], { env: env() })
  let before: unknown

  beforeAll(async () => {
    api = await connectTo(cluster().kubeconfig)
    await kubectl(['create', 'namespace', 'shop'])
    const items = [
      deployment('shop', 'web', 0, [{ name: 'CART', value: 'http://cart' }]),
      deployment('shop', 'cart', 0),
      service('shop', 'cart'),
    ]
    await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    while ((await cluster().exec(['kubectl', 'get', 'serviceaccount', 'default', '-n', 'shop'])).code !== 0)
      await sleep(50)
    // Controllers have written what they write by themselves.
    await kubectl(['rollout', 'status', 'deployment/web', 'deployment/cart', '-n', 'shop'])
    before = await essenceOf(api, ['shop'])
    return () => api.close()
  })
  afterEach(async () => expect(await essenceOf(api, ['shop'])).toEqual(before))

  describe('Ctrl-C while it closes', () => {
    /** Ends a lockdown while the write at this path is under way; whether it arrived is not known then. */
    const interrupted = async (incident: string, method: string, path: RegExp, where: 'before' | 'after') => {
      let isUnderWay = false
      const proxy = await faultProxy(cluster().kubeconfig, (how, at, _, query) => {
        if (how !== method || !path.test(at) || query?.includes('dryRun')) return undefined
        isUnderWay = true
        return { silence: where }
      })
      onTestFinished(() => proxy.close())
      const config = join(folder({ config: proxy.kubeconfig() }), 'config')
      const hasArrived = () => proxy.carriedOut().some((one) => one.method === method && path.test(one.path))
      const interrupt = async (pid: number) => {
        const isThere = () => Promise.resolve(isUnderWay && (where === 'before' || hasArrived()))
        await until('the write', isThere, 60_000)
        process.kill(pid, 'SIGINT')
      }
      const words = ['lockdown', 'shop', '--level', 'quarantine', '--yes', '--incident', incident]
      return await secure(words, { env: env(config), onStart: (pid) => void interrupt(pid) })
    }
    const places: [where: string, method: string, path: RegExp][] = [
      ['its policies', 'POST', /networkpolicies$/],
      ['labels', 'PATCH', /^\/api\/v1\/namespaces\/shop$/],
      ['its quota', 'POST', /resourcequotas$/],
    ]

    test.for(places)(
      'at %s: said as unfinished, finished by resume, and taken back by undo',
      { timeout: 60_000 },
      async ([where, method, path]) => {
        const incident = `finish ${where}`
        expect(await interrupted(incident, method, path, 'after')).toMatchObject({ code: 130 })
        const half = await closed('-o', 'json')
        expect(half.code).toBe(1)
        const [run] = (JSON.parse(half.stdout) as LockdownStatusReport).namespaces[0]?.runs ?? []
        expect(run?.state).toBe('unfinished')
        expect((await secure(['resume', incident, '--finish', '--yes'], { env: env() })).code).toBe(0)
        expect(await closed()).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/shop +quarantine +applied +0 +0/),
        })
        expect((await secure(['undo', incident, '--yes'], { env: env() })).code).toBe(0)
        expect((await closed()).code).toBe(1)
      },
    )

    test.for(places)('at %s: taken back by resume', { timeout: 60_000 }, async ([where, method, path]) => {
      const incident = `undo ${where}`
      expect(await interrupted(incident, method, path, 'before')).toMatchObject({ code: 130 })
      expect((await secure(['resume', incident, '--undo', '--yes'], { env: env() })).code).toBe(0)
    })
  })

  test.skipIf(!hasTerminal)(
    'on a terminal --watch says what breaks, and takes it back when told to',
    {
      timeout: 90_000,
    },
    async () => {
      const words = [
        'lockdown',
        'shop',
        '--level',
        'quarantine',
        '--only',
        'quota',
        '--watch',
        '8s',
        '--incident',
        'INC-8',
      ]
      const watched = onTerminal(words, env(), [
        [/Make \d+ change/, 'y\r'],
        [/Take the lockdown back/, 'y\r'],
      ])
      while (!(await kubectl(['get', 'resourcequotas', '-n', 'shop', '-o', 'name'])).includes('quota')) await sleep(100)
      await kubectl(['scale', 'deployment/cart', '-n', 'shop', '--replicas=1'])
      const { code, text } = await watched
      expect(text).toMatch(/looking for 8 s at what breaks/)
      expect(text).toMatch(/ReplicaSet shop\/cart-\S+: .*(?:exceeded quota|forbidden)/)
      expect(text).toMatch(/UNDONE/)
      expect(code).toBe(1)
      expect(await kubectl(['get', 'resourcequotas', '-n', 'shop', '-o', 'name'])).toBe('')
      expect((await closed()).code).toBe(1)
      await kubectl(['scale', 'deployment/cart', '-n', 'shop', '--replicas=0'])
      await kubectl(['rollout', 'status', 'deployment/cart', '-n', 'shop'])
    },
  )

  test.skipIf(!hasTerminal)('on a terminal Ctrl-C at the question changes nothing', async () => {
    const { code } = await onTerminal(['lockdown', 'shop'], env(), [[/Make \d+ change/, '\u0003']])
    expect(code).toBe(130)
    expect(await kubectl(['get', 'networkpolicies', '-n', 'shop', '-o', 'name'])).toBe('')
  })

  test('a bundle of evidence is locked down as the cluster it was taken of, into files', {
    timeout: 60_000,
  }, async () => {
    const cwd = folder()
    const collected = await secure(['evidence', 'collect', '--output', 'case'], { env: env(), cwd })
    expect(existsSync(join(cwd, 'case.tar.gz'))).toBe(true)
    expect([0, 3]).toContain(collected.code)
    const words = ['lockdown', 'shop', '--level', 'restricted', '-o', 'json']
    const ofBundle = await secure([...words, '--snapshot', 'case.tar.gz', '--emit', 'bundled'], { cwd })
    const live = await secure([...words, '--emit', 'live'], { env: env(), cwd })
    expect(ofBundle.stderr).not.toContain('error:')
    const files = readdirSync(join(cwd, 'live'), { recursive: true, encoding: 'utf8' }).toSorted()
    expect(readdirSync(join(cwd, 'bundled'), { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(files)
    for (const file of files.filter((name) => name.endsWith('.yaml'))) {
      const [one, other] = ['bundled', 'live'].map((at) => readFileSync(join(cwd, at, file), 'utf8'))
      expect(one, file).toBe(other)
    }
    expect(files).toContain('shop/networkpolicy-lockdown-deployment-cart.yaml')
    const of = ({ stdout }: { stdout: string }) => {
      const [one] = (JSON.parse(stdout) as LockdownReport).namespaces
      return { rules: one?.rules, breaks: one?.breaks, violations: one?.violations }
    }
    expect(of(ofBundle)).toEqual(of(live))
    // What it has written can be made.
    await kubectl(['apply', '--dry-run=server', '-k', join(cwd, 'bundled')])
  })
})

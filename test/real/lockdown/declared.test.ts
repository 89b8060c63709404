import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { parseAllow } from '../../../src/lockdown/network/allow.ts'
import { speakersOf } from '../../../src/lockdown/network/words.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { callers, openNow, services, stageDeclared } from './declared-stage.ts'
import { lockdown, undo } from './locking.ts'

describeWithCluster('node', 'what Ingresses, gateways and monitors declare', (running) => {
  let cluster: Cluster
  let engine: Engine
  beforeAll(async () => {
    await stageDeclared(running())
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
  }, 180_000)
  afterAll(() => cluster?.close())

  const vouched = ['edge/controller>web', 'envoy/proxy>api', 'infra/gate>api', 'scrape/prometheus>stats']
  /** On the word of `evil`: its own pod, and its monitor of db. */
  const foreign = [
    'evil/mask>api',
    'evil/mask>db',
    'evil/mask>stats',
    'evil/mask>web',
    'infra/gate>db',
    'scrape/prometheus>db',
  ]
  const all = callers.flatMap((caller) => services.map((name) => `${caller}>${name}`)).sort()
  const network = { parts: ['network'] } as const

  test('restricted: whom the cluster vouches for gets in, who merely looks like it does not, and its flags let it in', {
    timeout: 180_000,
  }, async () => {
    expect(await openNow(running())).toEqual(all)
    const { report } = await lockdown(engine, ['app'], { level: 'restricted', ...network })
    expect(await openNow(running())).toEqual(vouched)
    const [app] = report.namespaces
    expect(app?.reasons).toEqual([])
    // Nothing is let through between canaries here: DNS is there to be tried.
    const tried = { to: 'the DNS of the cluster in kube-system', protocol: 'TCP', port: 53, seen: 'connects' }
    expect(app?.proof?.allowed).toContainEqual(expect.objectContaining(tried))
    expect(app?.foreign.map((need) => [speakersOf(need), need.open])).toEqual(foreign.map(() => [['evil'], false]))
    const flags = app?.breaks.flatMap(({ keep = '' }) => keep.split(' ').filter((word) => word.includes('from='))) ?? []
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')

    // Just as they are printed.
    const asked = flags.map(parseAllow)
    const second = await lockdown(engine, ['app'], { level: 'restricted', ...network, asked })
    expect(await openNow(running())).toEqual([...vouched, ...foreign].sort())
    expect((await undo(engine, second.report.plan ?? '')).state).toBe('undone')
  })

  test('baseline: let in, and said', { timeout: 120_000 }, async () => {
    const { report } = await lockdown(engine, ['app'], { level: 'baseline', ...network })
    expect(await openNow(running())).toEqual([...vouched, ...foreign].sort())
    expect(report.namespaces[0]?.foreign.every(({ open }) => open)).toBe(true)
    expect(report.namespaces[0]?.notes.join()).toContain('opened on the word of other namespaces alone: evil')
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })
})

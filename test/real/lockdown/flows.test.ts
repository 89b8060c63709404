import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { Breakage, Need } from '../../../src/lockdown/model.ts'
import { parseAllow } from '../../../src/lockdown/network/allow.ts'
import { readFlows } from '../../../src/lockdown/network/flows.ts'
import { isForeign } from '../../../src/lockdown/network/words.ts'
import { prepareLockdown } from '../../../src/lockdown/prepare.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { kubectl } from '../isolation/stage.ts'
import { essenceOf, lockdown, requestOf, undo } from './locking.ts'
import { connects, type MarketFlow, marketFlows, openMarket, seenFlows } from './market.ts'

describeWithCluster('node', 'lockdown of the market', (running) => {
  let cluster: Cluster
  let engine: Engine
  let observed: Need[]
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
    await openMarket(running())
    observed = (await readFlows(seenFlows, 'flows.json', new Set(['market']))).needs
  }, 180_000)
  afterAll(() => cluster?.close())

  // At once: names that nobody answers for are waited for a while.
  const probeAll = async () => {
    const tried = marketFlows.map(async (flow) => [flow.name, await connects(running(), flow)] as const)
    return new Map(await Promise.all(tried))
  }

  test.for(['baseline', 'restricted', 'quarantine'] as const)(
    '%s: what works no more was said before, and what was said for certain works no more',
    { timeout: 240_000 },
    async (level) => {
      const before = await essenceOf(cluster, ['market'])
      const first = await probeAll()
      expect([...first].filter(([, works]) => !works)).toEqual([])
      const { report } = await lockdown(engine, ['market'], { level, force: true, observed })
      const breaks = report.namespaces[0]?.breaks ?? []
      const now = await probeAll()
      const surprises = marketFlows.flatMap((flow) => surpriseOf(flow, now.get(flow.name) ?? false, breaks))
      const rollouts = await rolloutSurprises(breaks)
      expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
      expect(await essenceOf(cluster, ['market'])).toEqual(before)
      expect([...(await probeAll())].filter(([, works]) => !works)).toEqual([])
      expect({ surprises, rollouts }).toEqual({ surprises: [], rollouts: [] })
      expect(report.namespaces[0]?.proof?.allowed.filter(({ seen }) => seen === 'blocked')).toEqual([])
      // The one host-network pod is out of every policy's reach.
      expect(report.verdict).toBe('PARTIAL')
      expect(report.namespaces[0]?.reasons).toEqual([expect.stringContaining('agent-')])
      expect(report.run?.state).toBe('applied')
    },
  )

  test('restricted, with the flags that the list has for what other namespaces declare: these work', {
    timeout: 240_000,
  }, async () => {
    const options = { level: 'restricted', parts: ['network'], force: true } as const
    const { plan, lockdown: planned } = await prepareLockdown(engine, requestOf(['market'], options))
    expect(plan.notes.concat(planned.namespaces[0]?.notes ?? []).join()).toContain('payments')
    const foreign = planned.namespaces[0]?.breaks.filter(({ evidence }) => isForeign({ by: evidence })) ?? []
    const asked = foreign.map(({ keep = '' }) => parseAllow(keep.replace('--allow ', '')))
    expect(foreign.map(({ keep }) => keep)).toEqual([
      '--allow workload=Deployment/cart,from=payments/app=ledger:7000/TCP',
    ])
    const { report } = await lockdown(engine, ['market'], { ...options, asked })
    const ledger = marketFlows.filter(({ name }) => name.startsWith('ledger'))
    expect(await Promise.all(ledger.map(async (flow) => await connects(running(), flow)))).toEqual([true])
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })

  /** New pods of each workload, by the server's dry run: refused where that was said, and only there. */
  const rolloutSurprises = async (breaks: Breakage[]): Promise<string[]> => {
    const said = new Map(
      breaks.filter(({ what }) => what === 'rollout' || what === 'quota').map((one) => [one.of.name, one]),
    )
    const found: string[] = []
    for (const kind of ['deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs']) {
      const list = JSON.parse(await kubectl(running(), 'get', kind, '-n', 'market', '-o', 'json')) as { items: Owner[] }
      for (const { metadata, spec } of list.items) {
        const template = spec.jobTemplate?.spec.template ?? spec.template
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `new-${metadata.name}`, namespace: 'market', labels: template?.metadata?.labels },
          spec: { restartPolicy: 'Never', ...template?.spec },
        }
        const input = JSON.stringify(pod)
        const { code } = await running().exec(['kubectl', 'create', '--dry-run=server', '-f', '-'], { input })
        const one = said.get(metadata.name)
        if (code === 0 && one?.certainty === 'certain') found.push(`new pods of ${metadata.name} were to be refused`)
        if (code !== 0 && !one) found.push(`new pods of ${metadata.name} are refused, and nothing said so`)
      }
    }
    return found
  }
})

type Owner = {
  metadata: { name: string }
  spec: { template?: Template; jobTemplate?: { spec: { template: Template } } }
}
type Template = { metadata?: { labels?: object }; spec?: object }

function surpriseOf({ name, says }: MarketFlow, works: boolean, breaks: Breakage[]): string[] {
  const said = breaks.filter(({ what, text }) => what === 'connection' && says.test(text))
  if (!works && said.length === 0) return [`${name} broke, and nothing said so`]
  if (works && said.some(({ certainty }) => certainty === 'certain'))
    return [`${name} was to break, and works: ${said[0]?.text}`]
  return []
}

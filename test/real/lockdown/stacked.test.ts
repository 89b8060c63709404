import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import { status } from '../../../src/change/status.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { type Level, levels } from '../../../src/lockdown/model.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo, newNamespace } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { kubectl, until } from '../isolation/stage.ts'
import { essenceOf, lockdown, undo } from './locking.ts'

vi.setConfig({ testTimeout: 60_000 })

describeWithCluster('control-plane', 'lockdowns one upon the other', (running) => {
  let cluster: Cluster
  let engine: Engine
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
    return () => cluster.close()
  })
  afterAll(() => cluster?.close())

  const space = async () => {
    const name = await newNamespace(cluster)
    const argv = ['get', 'serviceaccount', 'default', '-n', name]
    await until('the default account', async () => (await running().exec(['kubectl', ...argv])).code === 0)
    return name
  }
  const stack = async (name: string, ...wanted: Level[]) => {
    const plans: string[] = []
    for (const level of wanted) plans.push((await lockdown(engine, [name], { level })).report.plan ?? '')
    return plans
  }
  const labelsOf = async (name: string) =>
    JSON.parse(await kubectl(running(), 'get', 'namespace', name, '-o', 'jsonpath={.metadata.labels}')) as object
  const pairs = levels.flatMap((one) => levels.map((other) => [one, other] as [Level, Level]))

  test('what the earlier one lets in is said to be of it, with what takes it away', async () => {
    const name = await space()
    const [first = ''] = await stack(name, 'baseline')
    const { report } = await lockdown(engine, [name], { level: 'quarantine' })
    const reasons = report.namespaces[0]?.reasons?.join('\n')
    expect(reasons).toContain(`of the earlier lockdown ${first} goes on letting ingress through`)
    expect(reasons).toContain(`kubectl secure undo ${first} takes it away`)
    expect(report.namespaces[0]?.leftOpen).toMatchObject([{ plan: first }])
    await undo(engine, report.plan ?? '')
    await undo(engine, first)
  })

  test.for(pairs)('%s, then %s: the later first gives back exactly what the earlier made', async ([one, other]) => {
    const name = await space()
    const before = await essenceOf(cluster, [name])
    const [first = ''] = await stack(name, one)
    const between = await essenceOf(cluster, [name])
    const [second = ''] = await stack(name, other)
    expect((await undo(engine, second)).state).toBe('undone')
    expect(await essenceOf(cluster, [name])).toEqual(between)
    expect((await undo(engine, first)).state).toBe('undone')
    expect(await essenceOf(cluster, [name])).toEqual(before)
  })

  test.for(pairs)(
    '%s, then %s: of the earlier stays what the later rests on, until that one is undone',
    async ([one, other]) => {
      const name = await space()
      const before = await essenceOf(cluster, [name])
      const [first = '', second = ''] = await stack(name, one, other)
      const labels = await labelsOf(name)
      const half = await undo(engine, first)
      expect(half.state).toBe('partly-undone')
      const left = half.steps.flatMap((step) => step.left ?? [])
      expect(left.map(({ how }) => how)).toEqual(left.map(() => 'held'))
      expect(left[0]?.why).toContain(second)
      const rested = Object.entries(labels).filter(([key]) => other !== 'baseline' || !/enforce/.test(key))
      expect(await labelsOf(name)).toEqual(Object.fromEntries(rested))
      expect(await undo(engine, second)).toMatchObject({ state: 'undone', waiting: [first] })
      const done = await undo(engine, first)
      expect([done.state, done.waiting]).toEqual(['undone', undefined])
      expect(await essenceOf(cluster, [name])).toEqual(before)
    },
  )

  test('the earlier is held also where all that is known of both is their records', async () => {
    const name = await space()
    const before = await essenceOf(cluster, [name])
    const [first = '', second = ''] = await stack(name, 'restricted', 'quarantine')
    const elsewhere = await engineFor(cluster, mkdtempSync(join(tmpdir(), 'ks-other-')))
    const labels = await labelsOf(name)
    expect((await undo(elsewhere, first)).state).toBe('partly-undone')
    expect(await labelsOf(name)).toEqual(labels)
    expect((await undo(elsewhere, second)).state).toBe('undone')
    expect((await undo(elsewhere, first)).state).toBe('undone')
    expect(await essenceOf(cluster, [name])).toEqual(before)
    expect((await status(elsewhere)).runs.filter(({ state }) => state !== 'undone')).toEqual([])
  })
})

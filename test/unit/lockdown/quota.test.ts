import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LockdownScene } from '../../../src/lockdown/model.ts'
import { planQuota } from '../../../src/lockdown/quota.ts'
import { bytesText, cpuText, parseQuantity } from '../../../src/lockdown/quota-quantity.ts'
import { arbitraryPodSpec } from './arbitrary-requests.ts'
import { planId, scene, workload } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const planned = (one: LockdownScene, level: 'baseline' | 'restricted' | 'quarantine' = 'restricted') =>
  planQuota(one, optionsOf({ level }), { planId, names: 'unguessable' })
const sized = (hard: Record<string, string> | undefined, key: string) => parseQuantity(hard?.[key])
const quota = (hard: object, more: object = {}): Raw => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'theirs', namespace: 'shop' },
  spec: { hard, ...more },
})

test('quantities are what they say, and what is none is none', () => {
  const known: [string, bigint][] = [
    ['1', 1_000_000_000n],
    ['1500m', 1_500_000_000n],
    ['.5', 500_000_000n],
    ['5.', 5_000_000_000n],
    ['1e3', 1_000_000_000_000n],
    ['1E3', 1_000_000_000_000n],
    ['12e-1', 1_200_000_000n],
    ['1Ki', 1_024_000_000_000n],
    ['1.5Ki', 1_536_000_000_000n],
    ['1n', 1n],
    ['0.1n', 1n],
    ['1e-30', 1n],
    ['-1', -1_000_000_000n],
    ['0', 0n],
    ['9e99', (2n ** 63n - 1n) * 1_000_000_000n],
    ['1e999999999999', (2n ** 63n - 1n) * 1_000_000_000n],
  ]
  for (const [text, size] of known) expect(parseQuantity(text), text).toBe(size)
  for (const text of ['', '.', 'm', '1 m', '1KiB', '1e', '--1', '0x1', '1'.repeat(65), null, {}, Number.NaN]) {
    expect(parseQuantity(text), JSON.stringify(text)).toBeUndefined()
  }
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 60n), (count) => {
      expect(parseQuantity(cpuText(count * 1_000_000n))).toBe(count * 1_000_000n)
      expect(parseQuantity(bytesText(count * 1_000_000_000n))).toBe(count * 1_000_000_000n)
    }),
  )
  fc.assert(fc.property(fc.anything(), (anything) => void parseQuantity(anything)))
})

const drawn = fc.record({
  spec: arbitraryPodSpec,
  replicas: fc.nat(12),
  surge: fc.constantFrom<unknown>(undefined, 0, 1, 5, '25%', '100%', 'x'),
  most: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
})

test('a quota has room for all at their largest, half as much again, and any one rollout', () => {
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 4 }), (all) => {
      const workloads = all.map(({ spec, replicas, surge }, index) => {
        const strategy = surge === undefined ? {} : { strategy: { rollingUpdate: { maxSurge: surge } } }
        return workload(`shop/w${index}`, { spec, own: { replicas, ...strategy } }).workload
      })
      const autoscalers = all.flatMap(({ most }, index): Raw[] =>
        most === undefined
          ? []
          : [
              {
                metadata: { name: `a${index}` },
                spec: { maxReplicas: most, scaleTargetRef: { kind: 'Deployment', name: `w${index}` } },
              },
            ],
      )
      const { hard, base, changes } = planned({ ...scene({}), workloads, autoscalers })
      const full = all.map(({ replicas, most = 0 }) => Math.max(replicas, most))
      const pods = full.reduce((sum, count) => sum + count, 0)
      if (pods === 0) {
        expect(changes).toEqual([])
        return
      }
      expect(base?.['pods']).toBe(String(pods))
      expect(changes.map(({ ref }) => ref.kind).at(-1)).toBe('ResourceQuota')
      for (const key of ['pods', 'requests.cpu', 'requests.memory']) {
        const [whole, room] = [sized(base, key), sized(hard, key)]
        if (whole === undefined) continue
        expect((room ?? 0n) * 2n).toBeGreaterThanOrEqual(whole * 3n)
      }
      const surges = all.map(({ surge = '25%' }, index) => {
        const count = full[index] ?? 0
        if (typeof surge === 'number') return Math.min(surge, count)
        return surge === 'x' ? 0 : Math.ceil((count * Number.parseInt(String(surge), 10)) / 100)
      })
      expect(Number(hard?.['pods'])).toBe(pods + Math.max(...surges, Math.ceil(pods / 2)))
    }),
  )
})

test('what is there already is not bounded again, and a LimitRange stays alone', () => {
  const bare = workload('shop/web', { spec: { containers: [{ name: 'main' }] } })
  const given = scene({ workloads: [bare] })
  expect(planned(given).changes.map(({ ref }) => ref.kind)).toEqual(['LimitRange', 'ResourceQuota'])
  const covered = { ...given, quotas: [quota({ cpu: '1', 'requests.memory': '1Gi', pods: '3' })] }
  expect(planned(covered)).toMatchObject({ changes: [] })
  const some = { ...given, quotas: [quota({ cpu: '1' }), quota({ pods: '9' }, { scopes: ['BestEffort'] })] }
  expect(Object.keys(planned(some).hard ?? {})).toEqual(['requests.memory', 'pods'])
  const range = (limits: object[]): Raw => ({ metadata: { name: 'r' }, spec: { limits } })
  const bounded = planned({
    ...given,
    limitRanges: [range([{ type: 'Container', max: { cpu: '1' }, defaultRequest: { cpu: '1' } }])],
  })
  expect(bounded.changes.map(({ ref }) => ref.kind)).toEqual(['ResourceQuota'])
  expect(Object.keys(bounded.hard ?? {})).toEqual(['requests.cpu', 'pods'])
  expect(bounded.notes.join()).toContain('requests.memory are not bounded')
})

test('quarantine lets no pod be made, and names all that would make one', () => {
  const made = [workload('shop/web'), workload('shop/nightly', { kind: 'StatefulSet' })].map((one) => one.workload)
  const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { namespace: 'shop', name: 'cron' }, spec: {} }
  const asleep = { ...cron, metadata: { ...cron.metadata, name: 'asleep' }, spec: { suspend: true } }
  const autoscalers = [
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { namespace: 'shop', name: 'web' } },
  ]
  const given = { ...scene({}), workloads: [...made, cron, asleep], autoscalers }
  const { changes, breaks } = planned(given, 'quarantine')
  expect(changes).toMatchObject([{ id: 'quota-hard', body: { kind: 'ResourceQuota', spec: { hard: { pods: '0' } } } }])
  expect(breaks.map(({ of }) => `${of.kind} ${of.name}`)).toEqual([
    'Deployment web',
    'StatefulSet nightly',
    'CronJob cron',
    'HorizontalPodAutoscaler web',
  ])
  expect(planned({ ...given, quotas: [quota({ pods: '0' })] }, 'quarantine').changes).toEqual([])
  expect(planned({ ...given, quotas: [quota({ pods: '5' })] }, 'quarantine').changes).toHaveLength(1)
  expect(planned(given, 'baseline')).toMatchObject({ changes: [], breaks: [] })
})

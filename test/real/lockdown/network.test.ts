import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { collectionPath } from '../../../src/cluster/object-path.ts'
import { createObject } from '../../../src/cluster/write.ts'
import type { LockdownScene } from '../../../src/lockdown/model.ts'
import type { NetworkPlan } from '../../../src/lockdown/network/plan.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { apply, kubectl } from '../isolation/stage.ts'
import { openStreet, type Street } from '../isolation/street.ts'
import { application, createsOf, open, planFor, readScene, shop } from './network-stage.ts'

vi.setConfig({ testTimeout: 120_000 })

describeWithCluster('node', 'the network part of lockdown', (running) => {
  let street: Street
  let scene: LockdownScene
  let everything: string[]
  let token = ''
  beforeAll(async () => {
    street = await openStreet(running())
    await apply(running(), ...application)
    for (const [space, kinds] of [
      [shop, ['deployment/web', 'deployment/cart', 'deployment/pay', 'statefulset/db']],
      ['bank', ['deployment/client', 'deployment/stranger']],
    ] as const)
      for (const kind of kinds) await kubectl(running(), 'rollout', 'status', '-n', space, kind, '--timeout=60s')
    token = (await kubectl(running(), 'create', 'token', 'default', '-n', shop)).trim()
    scene = await readScene(street)
    everything = await open(street, token)
  }, 180_000)
  afterAll(() => street.close())
  afterEach(async () => void (await kubectl(running(), 'delete', 'networkpolicies', '-n', shop, '--all')))

  const carryOut = async (plan: NetworkPlan) => {
    for (const { ref, body } of createsOf(plan)) await createObject(street.api, collectionPath(ref), body)
  }
  const becomes = async (wanted: string[]) =>
    await vi.waitFor(async () => expect(await open(street, token)).toEqual(wanted.toSorted()), {
      timeout: 30_000,
      interval: 300,
    })
  const except = (...patterns: RegExp[]) => everything.filter((flow) => !patterns.some((pattern) => pattern.test(flow)))

  test('everything works before', () => {
    for (const flow of [
      'web>service cart',
      'web>service pay',
      'web>db-0',
      'web>dns',
      'web>dns tcp',
      'web>api',
      'cart>api',
      'cart>outside',
      'client>service cart',
      'stranger>cart',
      'outside>nodeport',
      'outside>cart',
      'db-0>db-1',
      'db-0>cart udp',
    ])
      expect(everything).toContain(flow)
  })

  describe('baseline', () => {
    test('lets the namespace talk, and in what is declared', async () => {
      const plan = planFor(scene, 'baseline')
      expect(plan.breaks).toEqual([])
      expect(plan.gaps).toEqual([])
      await carryOut(plan)
      await becomes(
        except(
          /^(?:stranger|outside|client)>(?:pay|db-\d|cart udp|service pay)$/,
          /^(?:stranger|outside)>(?:cart|service cart)$/,
        ),
      )
    })
  })

  const declared = [
    ...['cart', 'service cart', 'pay', 'service pay', 'db-0', 'db-1', 'dns', 'dns tcp', 'api'].map((to) => `web>${to}`),
    ...['cart', 'pay', 'db-0'].flatMap((from) => [`${from}>dns`, `${from}>dns tcp`]),
    'db-0>db-1',
    ...['web', 'stranger', 'dns', 'dns tcp', 'api', 'outside'].map((to) => `client>${to}`),
    ...['web', 'dns', 'dns tcp', 'api', 'outside'].map((to) => `stranger>${to}`),
    ...['web', 'nodeport', 'stranger'].map((to) => `outside>${to}`),
  ]

  test('restricted lets through what is declared, DNS and the API server, and nothing else', async () => {
    const plan = planFor(scene, 'restricted')
    // On the word of bank alone.
    expect(plan.breaks.map(({ text, keep }) => [text, keep])).toEqual([
      [
        expect.stringMatching(/^ReplicaSet client-.* in bank to Service cart in shop, TCP 8080, is cut$/),
        '--allow workload=Deployment/cart,from=bank/app=client:8080/TCP',
      ],
    ])
    await carryOut(plan)
    await becomes(declared)
  })

  test('restricted with what was asked for', async () => {
    await carryOut(
      planFor(scene, 'restricted', [
        'workload=web,to=192.0.2.9:9',
        'workload=cart,to=shop/app=pay:8080',
        'workload=pay,from=ns:bank:8080',
        'workload=Deployment/cart,from=bank/app=client:8080/TCP',
      ]),
    )
    await becomes([
      ...declared,
      'web>outside',
      'cart>pay',
      'cart>service pay',
      'client>pay',
      'stranger>pay',
      'client>service pay',
      'client>cart',
      'client>service cart',
      'stranger>service pay',
    ])
  })

  test('quarantine lets nothing through, and has said so', async () => {
    const plan = planFor(scene, 'quarantine')
    const lost = plan.breaks.filter(({ certainty }) => certainty === 'certain').map(({ text }) => text)
    expect(lost).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^all pods of shop to the DNS of the cluster/),
        expect.stringMatching(/^Deployment web in shop to Service cart in shop/),
        expect.stringMatching(/^Deployment web in shop to Service default\/kubernetes/),
        expect.stringMatching(/^StatefulSet db in shop to StatefulSet db in shop/),
        expect.stringMatching(/^Pod client-.* in bank to Service cart|^ReplicaSet client-.* in bank to Service cart/),
      ]),
    )
    await carryOut(plan)
    await becomes(
      except(/^(?:web|cart|pay|db-0)>/, />(?:web|cart|cart udp|service cart|pay|service pay|db-\d|nodeport)$/),
    )
  })

  test('what is declared works after each policy that comes, and after each that goes', async () => {
    const creates = createsOf(planFor(scene, 'restricted'))
    // One that gets no answer in time is asked again: the machine is small.
    const works = async () =>
      await vi.waitFor(async () => expect(await open(street, token, declared)).toEqual(declared.toSorted()), {
        timeout: 15_000,
        interval: 300,
      })
    for (const { ref, body } of creates) {
      await createObject(street.api, collectionPath(ref), body)
      await works()
    }
    for (const { ref } of creates.toReversed()) {
      await kubectl(running(), 'delete', 'networkpolicy', '-n', shop, ref.name)
      await works()
    }
  })
})

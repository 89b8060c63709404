import { describe, expect, test } from 'vitest'
import { planLabel, quarantineLabel } from '../../../../src/change/plan.ts'
import { metaOf, type Raw } from '../../../../src/isolation/raw.ts'
import { sourcesAnnotation } from '../../../../src/lockdown/network/policies.ts'
import { planNetwork } from '../../../../src/lockdown/network/plan.ts'
import { cluster, namespace, plan, pod, rulesOf, scene, service, workload } from './scenes.ts'

const web = workload('shop/web', { env: [{ name: 'URL', value: 'http://cart' }] })
const shop = { workloads: [web, workload('shop/cart')], declaring: [service('shop/cart')] }
const policy = (space: string, name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: space, name },
  spec,
})
const bodies = (...given: Parameters<typeof plan>) =>
  plan(...given).changes.map((change) => (change.do === 'create' ? change.body : undefined))
type Spec = { podSelector: object; policyTypes: string[]; ingress?: object[]; egress?: object[] }
const specs = (...given: Parameters<typeof plan>) => bodies(...given).map((body) => body?.['spec'] as Spec)

describe('the policies', () => {
  test('baseline: who is in the namespace may come in', () => {
    expect(specs(shop, { level: 'baseline' })).toEqual([
      { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
    ])
  })
  test('quarantine: nobody and nothing', () => {
    expect(specs(shop, { level: 'quarantine' })).toEqual([{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }])
  })
  test('restricted: each whole in itself, that for all pods last', () => {
    const found = specs(shop)
    expect(found.map(({ podSelector }) => podSelector)).toEqual([
      { matchLabels: { app: 'cart' } },
      { matchLabels: { app: 'web' } },
      {},
    ])
    for (const { egress = [] } of found) expect(JSON.stringify(egress[0])).toContain('kube-dns')
  })

  test('a selection is a part of every selector: no other pod is cut off', () => {
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [] }
    expect(specs(shop, { selector }).map(({ podSelector }) => podSelector)).toEqual([
      { matchLabels: { app: 'web' } },
      { matchLabels: { app: 'web' } },
    ])
    const more = { matchLabels: {}, matchExpressions: [{ key: 'track', operator: 'Exists', values: [] }] }
    expect(specs(shop, { selector: more }).map(({ podSelector }) => podSelector)).toEqual([
      { matchExpressions: [{ key: 'track', operator: 'Exists' }] },
    ])
  })

  test('a selection and a workload: both', () => {
    const labels = { app: 'web', track: 'a' }
    const one = workload('shop/web', { labels, env: [{ name: 'URL', value: 'http://cart' }] })
    const selector = { matchLabels: { track: 'a' }, matchExpressions: [] }
    expect(
      specs({ ...shop, workloads: [one, workload('shop/cart')] }, { selector }).map(({ podSelector }) => podSelector),
    ).toEqual([{ matchLabels: labels }, { matchLabels: { track: 'a' } }])
  })

  test('whoever on whatever port is never let in', () => {
    const found = plan({ ...shop, declaring: [service('shop/cart', { type: 'NodePort', ports: [] })] })
    expect(JSON.stringify(found.changes)).not.toContain('"ingress":[{}]')
    expect(found.breaks.map(({ text }) => text)).toContain(
      'anyone, as Service shop/cart is published to Service cart in shop, all ports, is cut',
    )
  })

  test('each loss says what keeps it', () => {
    const token = workload('shop/job', { spec: { automountServiceAccountToken: true } })
    const { breaks } = plan({ ...shop, workloads: [...shop.workloads, token] }, { level: 'quarantine' })
    expect(breaks.map(({ keep }) => keep)).toEqual([
      '--allow to=dns',
      '--allow workload=Deployment/web,to=shop/app=cart:8080/TCP',
      '--allow workload=Deployment/job,to=api',
    ])
    const allow = breaks.map(({ keep = '' }) => keep.replace('--allow ', ''))
    expect(plan({ ...shop, workloads: [...shop.workloads, token] }, { level: 'quarantine', allow }).breaks).toEqual([])
  })

  test('names nobody can have taken, or names for Git', () => {
    const options = { level: 'restricted' as const, parts: ['network' as const], asked: [], observed: [], force: false }
    const names = (naming: 'unguessable' | 'readable') =>
      planNetwork(scene(shop), options, { planId: 'bk4f-9xzt-2mwq', names: naming }).changes.map(({ ref }) => ref.name)
    expect(names('readable')).toEqual(['lockdown-deployment-cart', 'lockdown-deployment-web', 'lockdown-default'])
    expect(names('unguessable')).toContain('kubectl-secure-bk4f-9xzt-2mwq-deployment-web')
  })

  test('where a rule is from stands on the policy, one line a rule', () => {
    const [, made] = bodies(shop)
    expect(made && metaOf(made).annotations[sourcesAnnotation]?.split('\n')).toEqual([
      'egress[0]: the DNS of the cluster in kube-system, TCP 5353, UDP 5353 (declared: Service kube-system/kube-dns, the DNS of the cluster)',
      'egress[1]: Service cart in shop, TCP 8080 (declared: env URL of Deployment shop/web, which names Service shop/cart)',
    ])
  })

  test.each(['null', '1e3', 'true', '__proto__', 'a..b', '-', 'x'.repeat(253), '../../etc', '\u{202e}evil'])(
    'a workload called %s',
    (name) => {
      const found = plan({
        workloads: [workload(`shop/${name}`, { ports: [{ containerPort: 8080, hostPort: 80 }], labels: { app: 'x' } })],
      })
      for (const { ref } of found.changes) {
        expect(ref.name).toMatch(/^[a-z\d]+(?:[.-]+[a-z\d]+)*$/)
        expect(ref.name.length).toBeLessThanOrEqual(253)
      }
    },
  )

  test('labels that two share: all of those of the template', () => {
    const one = workload('shop/one', { labels: { app: 'x', tier: 'a' }, ports: [{ containerPort: 1, hostPort: 1 }] })
    const two = workload('shop/two', { labels: { app: 'x', tier: 'b' } })
    expect(specs({ workloads: [one, two] })[0]?.podSelector).toEqual({ matchLabels: { app: 'x', tier: 'a' } })
  })

  test('pods without labels cannot be named, and are on the list', () => {
    const bare = pod('shop/bare', { labels: {}, env: [{ name: 'U', value: 'cart' }] })
    const { changes, breaks } = plan({ ...shop, objects: [bare] })
    expect(changes).toHaveLength(3)
    expect(breaks.map(({ text, certainty }) => [text, certainty])).toEqual([
      ['Pod bare, whose pods have no labels to Service cart in shop, TCP 8080, is cut', 'possible'],
    ])
  })
})

describe('policies of others', () => {
  test('what goes on letting something through is named', () => {
    const open = policy('shop', 'open', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Egress'],
      egress: [{}],
    })
    const found = plan({ ...shop, objects: [open] }, { level: 'quarantine' })
    expect(found.leftOpen).toEqual([
      {
        policy: expect.objectContaining({ name: 'open', kind: 'NetworkPolicy' }) as unknown,
        direction: 'egress',
        workloads: ['Deployment shop/web'],
      },
    ])
    expect(plan({ ...shop, objects: [open] }, { level: 'baseline' }).leftOpen).toEqual([])
    // The other side is closed.
    expect(found.breaks.map(({ text }) => text)).toContain(
      'Deployment web in shop to Service cart in shop, TCP 8080, is cut',
    )
  })

  test('an earlier lockdown is named by its plan, where name and label both are of it', () => {
    const id = 'bk4f-9xzt-2mwq'
    const made = (label: string, name: string, labels: object = {}): Raw => {
      const one = policy('shop', name, { podSelector: { matchLabels: { app: 'web', ...labels } }, ingress: [{}] })
      return { ...one, metadata: { ...one.metadata, labels: { [planLabel]: label } } }
    }
    const planOf = (one: Raw) => {
      const { leftOpen } = plan({ ...shop, objects: [one] }, { level: 'quarantine' })
      expect(leftOpen).toHaveLength(1)
      return leftOpen[0]?.plan
    }
    expect(planOf(made(id, `kubectl-secure-${id}-default`))).toBe(id)
    expect(planOf(made(id, 'another'))).toBeUndefined()
    expect(planOf(made('x; rm', 'kubectl-secure-x; rm-default'))).toBeUndefined()
    expect(planOf(made(id, `kubectl-secure-${id}-q`, { [quarantineLabel(id)]: 'true' }))).toBeUndefined()
  })

  test.each([
    ['a label that no pod has', { matchLabels: { role: 'debug' } }],
    ['any value of it', { matchExpressions: [{ key: 'role', operator: 'Exists' }] }],
    ['all but those there are', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web', 'cart'] }] }],
  ])('what would let something through for pods with other labels is named too: %s', (_, podSelector) => {
    const waiting = policy('shop', 'waiting', { podSelector, ingress: [{}] })
    for (const level of ['baseline', 'quarantine'] as const) {
      expect(plan({ ...shop, objects: [waiting] }, { level }).leftOpen).toMatchObject([
        { policy: { name: 'waiting' }, direction: 'ingress', workloads: ['pods that get the labels it selects'] },
      ])
    }
    const closing = policy('shop', 'closing', { podSelector, policyTypes: ['Ingress'], ingress: [] })
    expect(plan({ ...shop, objects: [closing] }, { level: 'quarantine' }).leftOpen).toEqual([])
  })

  test('what is denied already is not broken', () => {
    const deny = policy('shop', 'deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    expect(plan({ ...shop, objects: [deny] }, { level: 'quarantine' }).breaks).toEqual([])
  })

  test("a tier of Calico's that comes first has the last word", () => {
    const early = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: 'early.all' },
      spec: { tier: 'early', types: ['Ingress'], ingress: [{ action: 'Allow' }] },
    }
    const tier = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'early' },
      spec: { order: 1, defaultAction: 'Pass' },
    }
    const found = plan({ ...shop, objects: [tier, early] }, { level: 'quarantine' })
    expect(found.leftOpen.map(({ policy: { kind, name }, direction }) => `${kind} ${name} ${direction}`)).toEqual([
      'GlobalNetworkPolicy early.all ingress',
    ])
  })
})

test('with Cilium, who takes the API server for no address, that is on the list and said', () => {
  const world = scene({ workloads: [workload('shop/web', { spec: { automountServiceAccountToken: true } })] })
  const options = { level: 'restricted' as const, parts: ['network' as const], asked: [], observed: [], force: false }
  const found = planNetwork({ ...world, network: { ...world.network, groups: new Set(['cilium.io']) } }, options, {
    planId: 'x',
    names: 'readable',
  })
  expect(found.breaks.map(({ text }) => text)).toEqual([
    'Deployment web in shop to Service default/kubernetes, TCP 6443, is cut',
  ])
  expect(found.breaks[0]).not.toHaveProperty('keep')
  expect(found.notes.join()).toContain('kube-apiserver')
})

test('who is on the host network is reached by address, and said to stay as it is', () => {
  const host = workload('shop/agent', {
    env: [{ name: 'U', value: 'cart' }],
    spec: { hostNetwork: true, nodeName: 'n2' },
  })
  host.pod['status'] = { phase: 'Running', podIP: '192.168.0.2' }
  const found = plan({ ...shop, workloads: [...shop.workloads, host] })
  expect(rulesOf(found)).toContain('Deployment/cart ingress 192.168.0.2/32 TCP 8080')
  expect(found.notes.join()).toContain('Deployment shop/agent is on the host network')
  expect(found.breaks).toEqual([])
})

test('an empty namespace is closed all the same', () => {
  expect(plan({ around: cluster, objects: [namespace('other')] }).changes).toHaveLength(1)
})

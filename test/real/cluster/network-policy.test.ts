import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createObject, deleteObject, getObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected as connectedToFake, server } from '../../unit/cluster/setting.ts'
import { connected } from './connected.ts'

// client-node renames `from` to `_from` on the way out: what was meant to let one namespace in lets everybody in.
const collection = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies'

const name = fc.stringMatching(/^[a-z]([a-z0-9]{0,6})$/)
const key = fc.oneof(
  name,
  fc.tuple(name, name).map(([domain, key]) => `${domain}.io/${key}`),
)
const labels = fc.dictionary(key, fc.oneof(name, fc.constant('')), { minKeys: 1, maxKeys: 3 })
const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)
const selector = fc.oneof(
  fc.constant({}),
  fc.record({ matchLabels: labels }),
  fc.record({ matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2 }) }),
)
const block = fc.constantFrom(
  { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.3.0/24'] },
  { cidr: '192.168.1.7/32' },
  { cidr: 'fd00::/8', except: ['fd00:1::/32'] },
)
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
  fc.record({ ipBlock: block }),
)
const port = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'), port: fc.integer({ min: 1, max: 65535 }) }),
  fc.record({ protocol: fc.constant('TCP'), port: name }),
  fc.constant({ protocol: 'TCP', port: 1000, endPort: 2000 }),
)
const peers = fc.array(peer, { minLength: 1, maxLength: 4 })
const ports = fc.array(port, { minLength: 1, maxLength: 3 })
// An empty rule, the real allow-all, must stay one too.
const rule = (side: 'from' | 'to') =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ [side]: peers, ports }, { requiredKeys: [side] }) },
    { weight: 1, arbitrary: fc.record({ ports }) },
    { weight: 1, arbitrary: fc.constant({}) },
  )
const spec = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.constant(['Ingress', 'Egress']),
    ingress: fc.array(rule('from'), { minLength: 1, maxLength: 3 }),
    egress: fc.array(rule('to'), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['podSelector', 'policyTypes'] },
)
const policyOf = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
})

test('the from of a NetworkPolicy goes to the wire byte for byte', async () => {
  const api = await server((_, response) => void response.writeHead(403).end())
  const cluster = await connectedToFake(api)
  const [example] = fc.sample(
    spec.filter(({ ingress }) => JSON.stringify(ingress ?? '').includes('"from"')),
    1,
  )
  const policy = policyOf('a', example ?? {})
  await createObject(cluster, collection, policy).catch(() => {})
  expect(api.seen[0]?.body).toBe(JSON.stringify(policy))
  expect(api.seen[0]?.body).toContain('"from":[')
})

describeWithCluster('control-plane', 'NetworkPolicies on a real API server', (cluster) => {
  test('come back as they were sent', async () => {
    const api = await connected(cluster().kubeconfig)
    let made = 0
    await fc.assert(
      fc.asyncProperty(spec, async (spec) => {
        const path = `${collection}/policy-${(made += 1)}`
        const created = await createObject(api, collection, policyOf(`policy-${made}`, spec))
        expect(created['spec']).toEqual(spec)
        expect((await getObject(api, path))?.['spec']).toEqual(spec)
        expect(await deleteObject(api, path, { uid: created.metadata.uid })).toBe('deleted')
      }),
      { numRuns: 300 },
    )
    expect(made).toBeGreaterThanOrEqual(300)
  })
})

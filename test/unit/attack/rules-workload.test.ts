import { describe, expect, test } from 'vitest'
import { buildGraph } from '../../../src/attack/build.ts'
import type { ClusterState } from '../../../src/snapshot/cluster-state.ts'
import { oracleOf } from './oracle.ts'
import { anyNode, as, escape, nodeNamed, podIn, podNamed, type Right, sa, space, worldWith } from './rules-world.ts'

const creates: Right = ['eve', 'shop', { verbs: ['create'] }]

describe('creating pods', () => {
  const word = (state: Partial<ClusterState>, right = creates) =>
    oracleOf(worldWith([right], state))([as('eve')], anyNode)
  const namespaces = [space('shop')]
  const webhook = { kind: 'validating', configuration: 'c', name: 'judge', failurePolicy: 'Fail' } as const
  const judges = (resources: string[], kind: 'validating' | 'mutating' = 'validating') => {
    return [{ ...webhook, kind, rules: [{ operations: ['CREATE'], groups: [''], resources, scope: '*' }] }]
  }
  test.each([
    ['no label', { namespaces }, 'surely'],
    ['privileged', { namespaces: [space('shop', 'privileged')] }, 'surely'],
    ['baseline', { namespaces: [space('shop', 'baseline')] }, 'no'],
    ['a level that there is not, which counts as restricted', { namespaces: [space('shop', 'none')] }, 'no'],
    ['labels that were not read', { namespaces: [] }, 'perhaps'],
    ['a validating webhook on pods', { namespaces, webhooks: judges(['pods']) }, 'perhaps'],
    ['one on their subresources', { namespaces, webhooks: judges(['pods/*']) }, 'surely'],
    ['one that mutates', { namespaces, webhooks: judges(['pods'], 'mutating') }, 'surely'],
    ['a ValidatingAdmissionPolicy', { namespaces, admissionPolicies: ['p'] }, 'perhaps'],
    ['OpenShift', { namespaces, groups: new Set(['security.openshift.io']) }, 'perhaps'],
    ['a namespace that is being deleted', { namespaces: [{ ...space('shop'), terminating: true as const }] }, 'no'],
  ] as const)('takes a node or not, by %s', (_, state, expected) => {
    expect(word(state as Partial<ClusterState>)).toBe(expected)
  })

  test('everywhere is surely good where one namespace is', () => {
    const right: Right = ['eve', undefined, { verbs: ['create'] }]
    expect(word({ namespaces: [space('tight', 'restricted'), space('lax')] }, right)).toBe('surely')
    expect(word({ namespaces: [space('tight', 'restricted')] }, right)).toBe('no')
  })

  test('by changing controllers everywhere only where some are', () => {
    const right: Right = ['eve', undefined, { verbs: ['update'], apiGroups: ['apps'], resources: ['deployments'] }]
    const web = { kind: 'Deployment', namespace: 'shop', name: 'web', serviceAccount: 'web', escapes: [] }
    const accounts = ['shop', 'bank'].map((namespace) => ({ namespace, name: 'boss', annotations: {} }))
    const says = oracleOf(
      worldWith([right], { workloads: [web], accounts, namespaces: [space('shop'), space('bank')] }),
    )
    expect([says([as('eve')], sa('shop', 'boss')), says([as('eve')], sa('bank', 'boss'))]).toEqual(['surely', 'no'])
  })

  test('is not the right to a Deployment where those could not be read, which is said', () => {
    const right: Right = ['eve', 'shop', { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'] }]
    const gap = { what: 'list deployments', resource: 'deployments', why: 'forbidden', hides: 'ways' }
    expect(word({ namespaces, gaps: [gap] }, right)).toBe('perhaps')
    expect(word({ namespaces }, right)).toBe('no')
  })
})

describe('entering pods', () => {
  const execs: Right = ['eve', 'shop', { verbs: ['get'], resources: ['pods/exec'] }]
  const word = (pod: ReturnType<typeof podIn>, right = execs, version: string | undefined = '1.34') => {
    const { version: _, ...state } = worldWith([], { pods: [pod], namespaces: [space('shop', 'baseline')] }).state
    const world = worldWith([right], { ...state, ...(version === '' ? {} : { version }) })
    if (version === '') delete world.state.version
    return oracleOf(world)([as('eve')], sa('shop', 'web'))
  }
  test('by exec with get alone up to 1.34', () => {
    const web = podIn('shop', 'web')
    expect(['1.28', '1.34', '1.35', ''].map((version) => word(web, execs, version))).toEqual([
      'surely',
      'surely',
      'no',
      'perhaps',
    ])
    const posts: Right = ['eve', 'shop', { verbs: ['create'], resources: ['pods/exec'] }]
    expect(word(web, posts, '1.35')).toBe('surely')
  })

  test('only while they run, and for a token that is there', () => {
    for (const phase of ['Pending', 'Succeeded', 'Failed', 'Unknown']) {
      expect(word(podIn('shop', 'web', { phase }))).toBe('no')
    }
    expect(word(podIn('shop', 'web', { token: false }))).toBe('no')
  })

  test('by a change that the kubelet takes, and Pod Security', () => {
    const swaps: Right = ['eve', 'shop', { verbs: ['update'] }]
    expect(word(podIn('shop', 'web'), swaps)).toBe('surely')
    expect(word(podIn('shop', 'web', { mirror: true }), swaps)).toBe('no')
    expect(word(podIn('shop', 'web', { escapes: [escape('privileged', true)] }), swaps)).toBe('no')
  })

  test('by the kubelet of a named node, in the pods there', () => {
    const proxies: Right = [
      'eve',
      undefined,
      { verbs: ['create'], resources: ['nodes/proxy'], resourceNames: ['worker'] },
    ]
    expect(word(podIn('shop', 'web'), proxies)).toBe('surely')
    expect(word(podIn('shop', 'web', { node: 'other' }), proxies)).toBe('no')
  })
})

describe('having pods made anew on a node that is held', () => {
  const removes: Right = ['eve', 'shop', { verbs: ['create'], resources: ['pods/eviction'] }]
  const steers: Right = ['eve', undefined, { verbs: ['patch'], resources: ['nodes'] }]
  const named: Right = ['eve', undefined, { verbs: ['patch'], resources: ['nodes'], resourceNames: ['worker'] }]
  const word = (rights: Right[], holds: boolean, kind = 'ReplicaSet') => {
    const pods = [podIn('shop', 'web', { node: 'far', controller: { kind, name: 'web' } })]
    const nodes = ['near', 'far'].map((name) => ({ name, labels: {}, controlPlane: false }))
    const says = oracleOf(worldWith(rights, { pods, nodes, namespaces: [space('shop', 'baseline')] }))
    return says(holds ? [as('eve'), nodeNamed('near')] : [as('eve')], podNamed('shop', 'web'))
  }
  test('takes both rights and the node', () => {
    expect(word([removes, steers], true)).toBe('surely')
    expect(word([removes, steers], false)).toBe('no')
    expect(word([removes], true)).toBe('no')
    expect(word([steers], true)).toBe('no')
    expect(word([removes, named], true)).toBe('no')
  })
  test('is not for pods that stay where they are', () => {
    expect(word([removes, steers], true, 'DaemonSet')).toBe('no')
  })
})

test('the graph grows with pods and with bindings, not with the product', () => {
  const resources = ['pods', 'pods/exec', 'pods/attach', 'pods/ephemeralcontainers', 'pods/eviction', 'pods/binding']
  const steps = (bindings: number, pods: number) => {
    const rights = Array.from({ length: bindings }, (_, at): Right => {
      return [`user-${at}`, at % 2 ? 'shop' : undefined, { verbs: ['create', 'update', 'delete'], resources }]
    })
    const all = Array.from({ length: pods }, (_, at) =>
      podIn('shop', `pod-${at}`, {
        controller: { kind: 'ReplicaSet', name: 'web' },
        escapes: [escape('host-pid', false)],
      }),
    )
    return buildGraph(worldWith(rights, { pods: all, namespaces: [space('shop')] })).steps.length
  }
  const byBindings = steps(60, 10) - steps(30, 10)
  expect(byBindings).toBeGreaterThan(30)
  expect(steps(60, 100) - steps(30, 100)).toBe(byBindings)
  expect(steps(10, 400) - steps(10, 200)).toBe(2 * (steps(10, 200) - steps(10, 100)))
})

import { describe, expect, test } from 'vitest'
import { canaryChanges } from '../../../src/isolation/canary.ts'
import { podWith } from './pods.ts'

const quarantine = 'kubectl-secure.github.io/q-abcd-efgh-jkmn'
const after = podWith({}, {}, { labels: { app: 'web', tier: 'front', [quarantine]: '' } })
const input = {
  planId: 'abcd-efgh-jkmn',
  image: 'probe:1',
  stateNamespace: 'state',
  policyChangeId: 'policy',
  services: [],
}
const service = (selector: object, publishNotReadyAddresses = true) => ({
  metadata: { name: 'peers' },
  spec: { selector, publishNotReadyAddresses },
})

describe('the twin', () => {
  const { changes, canaries, notes, impossible } = canaryChanges(after, input)
  const [twin, a, b] = changes

  test('is where the pod is, looks as it does, and is owned by the policy', () => {
    expect(impossible).toBeUndefined()
    expect(notes).toEqual([])
    expect(twin).toMatchObject({ id: 'twin', temporary: true, owner: 'policy', ref: canaries.twin })
    // Whoever makes it puts the uid in; an orphan would be adopted by whatever controller selects it.
    expect(twin?.body.metadata['ownerReferences']).toEqual([
      expect.objectContaining({
        kind: 'NetworkPolicy',
        controller: true,
        name: expect.stringContaining('kubectl-secure-'),
      }),
    ])
    expect(twin?.body).toMatchObject({
      metadata: { namespace: 'shop', labels: { app: 'web', tier: 'front', [quarantine]: '' } },
      spec: {
        nodeName: 'node-7',
        serviceAccountName: 'web',
        automountServiceAccountToken: false,
        restartPolicy: 'Never',
      },
    })
    expect(twin?.body['spec']).toMatchObject({ readinessGates: [{}], tolerations: [{ operator: 'Exists' }] })
  })

  test('controls are plain pods of the state namespace on the same node', () => {
    expect([a?.id, b?.id]).toEqual(['control-a', 'control-b'])
    for (const control of [a, b]) {
      expect(control).toMatchObject({ temporary: true, ref: { namespace: 'state' } })
      expect(control).not.toHaveProperty('owner')
      expect(control?.body.metadata['labels']).not.toHaveProperty('app')
      expect(control?.body['spec']).toMatchObject({ nodeName: 'node-7' })
      expect(control?.body['spec']).not.toHaveProperty('serviceAccountName')
    }
  })

  test('canaries of several pods have names of their own', () => {
    const other = canaryChanges(after, { ...input, suffix: '2' })
    const names = [...changes, ...other.changes].flatMap(({ id, ref }) => [id, ref.name])
    expect(new Set(names).size).toBe(12)
  })
})

describe('a Service that sends to pods that are not ready', () => {
  test('does not get the twin: a label that no policy looks at is left out', () => {
    const services = [service({ app: 'web', tier: 'front' }), service({ app: 'other' }), service({ app: 'web' }, false)]
    const { changes, notes } = canaryChanges(after, { ...input, services, policyKeys: new Set(['app']) })
    expect(changes[0]?.body.metadata['labels']).toMatchObject({ app: 'web', [quarantine]: '' })
    expect(changes[0]?.body.metadata['labels']).not.toHaveProperty('tier')
    expect(notes).toEqual([expect.stringContaining('without the label tier')])
  })

  test.each([
    ['all its labels matter to policies', new Set(['app', 'tier'])],
    ['nobody knows which matter', undefined],
  ])('makes a twin impossible where %s', (_, policyKeys) => {
    const services = [service({ app: 'web', tier: 'front' })]
    const { changes, impossible } = canaryChanges(after, { ...input, services, ...(policyKeys ? { policyKeys } : {}) })
    expect(changes).toEqual([])
    expect(impossible).toContain('publishNotReadyAddresses')
  })

  test('without a selector it selects nothing', () => {
    expect(canaryChanges(after, { ...input, services: [service({})] }).changes).toHaveLength(3)
  })
})

test.each([
  ['host network', podWith({ hostNetwork: true })],
  ['no node', podWith({ nodeName: undefined })],
  ['Windows', podWith({ os: { name: 'windows' } })],
  ['state itself', podWith({}, {}, { namespace: 'state' })],
])('no canary: %s', (why, pod) => {
  const { changes, impossible } = canaryChanges(pod, input)
  expect(changes).toEqual([])
  expect(impossible).toContain(why)
})

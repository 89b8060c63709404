import { describe, expect, test } from 'vitest'
import type { ClusterState, Escape } from '../../../src/snapshot/cluster-state.ts'
import { oracleOf } from './oracle.ts'
import { admin, escape, nodeNamed, podIn, podNamed, sa, worldWith } from './rules-world.ts'

const says = (state: Partial<ClusterState>) => oracleOf(worldWith([], state))
const accounts = ['web', 'quiet'].map((name) => ({ namespace: 'shop', name, annotations: {} }))

describe('a pod', () => {
  const word = (escapes: Escape[], controlPlane = false) => {
    const pods = [podIn('shop', 'web', { escapes }), podIn('shop', 'quiet')]
    const oracle = says({ pods, accounts, nodes: [{ name: 'worker', labels: {}, controlPlane }] })
    const of = [nodeNamed('worker'), sa('shop', 'quiet'), admin]
    return of.map((claim) => oracle([podNamed('shop', 'web')], claim))
  }
  test('gets at its node by what makes root of it alone', () => {
    expect(word([])).toEqual(['no', 'no', 'no'])
    expect(word([escape('privileged', true)])).toEqual(['surely', 'surely', 'no'])
    expect(word([escape('privileged', true)], true)).toEqual(['surely', 'surely', 'surely'])
    expect(word([escape('host-network', false), escape('shared-pid', false)])).toEqual(['no', 'no', 'no'])
    expect(word([{ ...escape('host-path', true), unsure: 'not root' }])).toEqual(['perhaps', 'perhaps', 'no'])
    expect(word([{ ...escape('host-path', true), unsure: 'not root' }, escape('privileged', true)])[0]).toBe('surely')
  })
  test('gets what its mounts of the node disclose', () => {
    const discloses = (...what: NonNullable<Escape['discloses']>) => [
      { ...escape('host-path', false), discloses: what },
    ]
    expect(word(discloses('pod-tokens'))).toEqual(['no', 'surely', 'no'])
    expect(word(discloses('kubelet-credential'))).toEqual(['no', 'surely', 'no'])
    expect(word(discloses('control-plane-keys'))[2]).toBe('surely')
  })
  test('sees its neighbours’ files by the node’s processes, perhaps', () => {
    expect(word([escape('host-pid', false)])).toEqual(['no', 'perhaps', 'no'])
  })
  test('that runs no longer gets nothing', () => {
    const pods = [podIn('shop', 'web', { phase: 'Succeeded', escapes: [escape('privileged', true)] })]
    expect(says({ pods })([podNamed('shop', 'web')], nodeNamed('worker'))).toBe('no')
  })
})

describe('a node', () => {
  const word = (name: string, version: string | undefined, token: boolean, phase = 'Running') => {
    const pods = [podIn('shop', name, { token, phase })]
    const world = worldWith([], { pods, accounts, ...(version === undefined ? {} : { version }) })
    if (version === undefined) delete world.state.version
    return oracleOf(world)([nodeNamed('worker')], sa('shop', name))
  }
  test('has the accounts of its pods, also of those that are done', () => {
    expect(word('web', '1.34', true)).toBe('surely')
    expect(word('web', '1.34', true, 'Succeeded')).toBe('surely')
  })
  test('and up to 1.32 of those without a token', () => {
    expect([undefined, '1.32', '1.33'].map((version) => word('quiet', version, false))).toEqual([
      'perhaps',
      'surely',
      'no',
    ])
  })
  test('has no account by a static pod', () => {
    const pods = [podIn('shop', 'web', { mirror: true, token: false })]
    expect(says({ pods, accounts, version: '1.30' })([nodeNamed('worker')], sa('shop', 'web'))).toBe('no')
  })
})

test('images are pulled by the node, not by the pod', () => {
  const pods = [podIn('shop', 'web', { secrets: ['own', 'pull'], nodeSecrets: ['pull'] })]
  const oracle = says({ pods })
  const words = (from: Parameters<typeof oracle>[0][number]) =>
    ['own', 'pull'].map((name) => oracle([from], { kind: 'secret', namespace: 'shop', name }))
  expect(words(podNamed('shop', 'web'))).toEqual(['surely', 'no'])
  expect(words(nodeNamed('worker'))).toEqual(['surely', 'surely'])
})

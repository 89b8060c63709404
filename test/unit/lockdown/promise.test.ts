import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import type { Plan } from '../../../src/change/plan.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import { beyondPolicies } from '../../../src/lockdown/beyond.ts'
import { boundsOf, widened } from '../../../src/lockdown/bounds.ts'
import { keepersOf, newPowers } from '../../../src/lockdown/kept-rights.ts'
import { newlyMeant } from '../../../src/lockdown/meant.ts'
import { levels, type LockdownScene } from '../../../src/lockdown/model.ts'
import { openedIn } from '../../../src/lockdown/opened.ts'
import { planLockdown } from '../../../src/lockdown/plan.ts'
import { promisedBy, promisedIn } from '../../../src/lockdown/promise.ts'
import type { RightsHolder } from '../../../src/lockdown/rights.ts'
import { arbitraryShop } from './network/arbitrary-shop.ts'
import { planId, scene } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const responder = { name: 'ana', groups: [] }
const createdAt = '2026-11-21T03:04:05.000Z'
const ids = { planId, names: 'unguessable' as const, responder, createdAt }
const made = (parts: Parameters<typeof scene>[0]): LockdownScene => {
  const one = scene(parts)
  const metadata = { name: 'default', namespace: 'shop', uid: 'u-1' }
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
  const space = { ...one.namespace, metadata: { name: 'shop', uid: 'u-2', labels: {} } }
  return { ...one, namespace: space, accounts: [account], version: 'v1.34' }
}
/** What is promised and planned, as the plan keeps it. */
const promiseOf = (before: LockdownScene, level: (typeof levels)[number]) => {
  const options = optionsOf({ level })
  const { namespaces, changes } = planLockdown([before], options, ids)
  const plan: Plan = {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Plan',
    id: planId,
    command: ['lockdown', 'shop'],
    createdAt,
    cluster: { id: 'c', server: 's' },
    user: responder,
    changes,
    notes: [],
  }
  const promised = promisedIn(JSON.parse(JSON.stringify(promisedBy(options, namespaces))))
  if (!promised?.namespaces[0]) throw new Error('the promise is none')
  return { plan, promised, own: promised.namespaces[0], options }
}
const after = (before: LockdownScene, { changes }: Plan): LockdownScene => {
  const of = (kind: string, objects: readonly Raw[]) =>
    applyChanges(
      objects,
      changes.filter(({ ref }) => ref.kind === kind),
    )
  return {
    ...before,
    namespace: of('Namespace', [before.namespace])[0] ?? {},
    accounts: of('ServiceAccount', before.accounts),
    quotas: of('ResourceQuota', before.quotas),
    limitRanges: of('LimitRange', before.limitRanges),
    network: { ...before.network, objects: of('NetworkPolicy', before.network.objects) },
  }
}

describe('of any shop, at any level', () => {
  test('what was closed is as it was promised, but for what others had left open before', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const before = made(parts)
        const { plan, promised, own, options } = promiseOf(before, level)
        const now = after(before, plan)
        const { open } = openedIn(now, plan, promised, own)
        const known = beyondPolicies(before, plan, options)
        expect(open.map(({ text }) => text)).toEqual(known)
        expect(newlyMeant(now, own.meant)).toEqual([])
      }),
    )
  })

  test('what was not closed is open, part by part', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const before = made(parts)
        const { plan, promised, own } = promiseOf(before, level)
        const { open } = openedIn(before, plan, promised, own)
        const found = new Set(open.map(({ part }) => part))
        expect(found.has('pods')).toBe(true)
        expect(found.has('tokens')).toBe(level !== 'baseline')
        expect(found.has('quota')).toBe(Object.keys(own.bounds).length > 0)
      }),
    )
  })

  test('a pod that gets the labels of another is newly meant, once there are rules for that one', () => {
    let times = 0
    fc.assert(
      fc.property(arbitraryShop, (parts) => {
        const before = made(parts)
        const { plan, own } = promiseOf(before, 'restricted')
        const now = after(before, plan)
        for (const { namespace, selector } of own.meant) {
          if (selector.matchExpressions.length > 0) continue
          times++
          const metadata = { namespace, name: 'intruder', labels: selector.matchLabels }
          const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: {} }
          const network = { ...now.network, objects: [...now.network.objects, pod] }
          expect(newlyMeant({ ...now, network }, own.meant).join()).toContain(`Pod ${namespace}/intruder`)
        }
      }),
    )
    expect(times).toBeGreaterThan(100)
  })
})

test('a promise that is not of its shape is none, and reading it never fails', () => {
  const good = JSON.stringify(promisedBy(optionsOf(), planLockdown([made({})], optionsOf(), ids).namespaces))
  fc.assert(
    fc.property(fc.nat(good.length), fc.jsonValue(), (at, value) => {
      const broken = JSON.parse(good) as Record<string, unknown>
      const keys = Object.keys(broken)
      const key = keys[at % keys.length] ?? ''
      const read = promisedIn({ ...broken, [key]: value })
      if (read) expect(levels).toContain(read.level)
      expect(promisedIn(value)).toBeUndefined()
    }),
  )
  for (const more of [
    { level: 'none' },
    { parts: ['everything'] },
    { namespaces: [{}] },
    { version: '1' },
    { more: 1 },
  ])
    expect(promisedIn({ ...(JSON.parse(good) as object), ...more })).toBeUndefined()
})

describe('bounds', () => {
  const quota = (hard: Record<string, string>, more: object = {}): Raw => ({ spec: { hard, ...more } })
  const size = fc.integer({ min: 0, max: 5000 })

  test('widen where the least of all quotas is more, or gone, and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1 }), fc.array(size), (was, is) => {
        const of = (sizes: number[]) => boundsOf(sizes.map((pods) => quota({ pods: String(pods) })))
        const isWider = is.length === 0 || Math.min(...is) > Math.min(...was)
        expect(widened(of(was), of(is))).toHaveLength(isWider ? 1 : 0)
      }),
    )
  })

  test('are those that hold for all pods, under either name', () => {
    expect(
      boundsOf([
        quota({ cpu: '500m' }),
        quota({ 'requests.cpu': '1' }),
        quota({ pods: '0' }, { scopes: ['BestEffort'] }),
      ]),
    ).toEqual({ 'requests.cpu': '500m' })
    expect(widened({ 'requests.cpu': '1000m' }, { 'requests.cpu': '1' })).toEqual([])
  })
})

describe('rights', () => {
  const binding = (name: string) => ({ kind: 'RoleBinding', namespace: 'shop', name })
  const holder = (name: string, ...by: [string, RightsHolder['powers'][number]][]): RightsHolder => ({
    subject: { kind: 'User', name },
    scope: 'shop',
    powers: by.map(([, power]) => power),
    chain: by.map(([at, power]) => ({
      binding: binding(at),
      roleRef: { kind: 'Role', name: 'x' },
      powers: [power],
    })) as unknown as RightsHolder['chain'],
  })
  const taken = (from: string, name: string) => ({
    id: 'x',
    do: 'patch' as const,
    why: '',
    ref: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      resource: 'rolebindings',
      namespace: 'shop',
      name: from,
      uid: 'u',
    },
    edits: [
      {
        path: ['subjects'],
        item: { kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' },
        how: 'remove' as const,
        restore: 'always' as const,
      },
    ],
  })

  test('what bindings that stay give is kept, and what comes anew is told with its binding', () => {
    const holders = [holder('ana', ['a', 'write'], ['b', 'exec']), holder('bob', ['a', 'write'])]
    const kept = keepersOf(holders, [taken('a', 'ana'), taken('a', 'bob')])
    expect(kept).toEqual([{ who: 'user:ana', can: ['exec'] }])
    expect(newPowers([holder('ana', ['b', 'exec'])], kept)).toEqual([])
    expect(newPowers([holder('ana', ['b', 'exec'], ['c', 'secrets']), holder('eve', ['d', 'write'])], kept)).toEqual([
      { who: 'user:ana', text: 'user:ana can secrets in it: RoleBinding shop/c' },
      { who: 'user:eve', text: 'user:eve can write in it: RoleBinding shop/d' },
    ])
  })
})

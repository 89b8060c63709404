import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cluster, Request } from '../../../src/cluster/cluster.ts'
import type { EvidenceGap } from '../../../src/evidence/request.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { rolloutOf } from '../../../src/playbook/actions/afterwards.ts'
import { endedBy } from '../../../src/playbook/actions/carry.ts'
import { isWhole } from '../../../src/playbook/actions/evidence-collect.ts'
import { distinct, may } from '../../../src/playbook/actions/rights.ts'
import { subjectIn } from '../../../src/playbook/actions/subjects.ts'
import { topsOf } from '../../../src/playbook/actions/targets.ts'
import { until } from '../../../src/playbook/actions/timed.ts'
import { given, knownOf, pinIn, pinsIn } from '../../../src/playbook/actions/values.ts'
import type { ActionContext, Args, Pinned } from '../../../src/playbook/model.ts'

const all = Object.values(actions)
const context = {} as ActionContext
const call = async (action: (typeof all)[number], args: Args): Promise<unknown> => {
  if (action.kind === 'question') return await action.ask(context, args)
  return action.kind === 'evidence' ? await action.collect(context, args) : await action.plan(context, args)
}

describe('the registry of actions', () => {
  it('has every action under its own name, and cannot be added to', () => {
    for (const [name, action] of Object.entries(actions)) expect(action.name).toBe(name)
    expect(() => Object.assign(actions, { shell: {} })).toThrow()
    const known = `pod.facts who-can what-can paths account.tokens image.pods image.refused node.pods secret.uses audit.ask isolation.status
      lockdown.status token.dead pods.gone rollout.done reach evidence.collect isolate lockdown revoke bindings.remove
      account.recreate workload.stop workload.roll-back cronjob.suspend node.cordon image.block secret.move pod.delete object.delete
      webhook.delete drill.stage`
    expect(Object.keys(actions).toSorted()).toEqual(known.split(/\s+/).toSorted())
  })

  it.each(all)('$name refuses what it does not take and what is missing, before anything is read', async (action) => {
    await expect(call(action, { shell: 'rm' })).rejects.toMatchObject({ code: 'usage', message: /takes no shell/ })
    for (const [name, { required }] of Object.entries(action.with)) {
      if (required) await expect(call(action, {})).rejects.toMatchObject({ code: 'usage', message: /needs / })
      // Nothing at all is both a name and true.
      await expect(call(action, { [name]: Symbol.iterator as never })).rejects.toThrow()
    }
  })

  it.each(all)(
    '$name says what each value is, and asks for rights whatever is known',
    ({ with: takes, outputs, rights }) => {
      for (const { about } of [...Object.values(takes), ...Object.values(outputs)]) expect(about).not.toBe('')
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...Object.keys(takes), 'other'), fc.jsonValue()), (args) => {
          for (const { verb, resource } of rights(args as Args, 'state')) expect([verb, resource]).not.toContain('')
        }),
      )
    },
  )
})

describe('values', () => {
  const parameters = {
    pod: { type: 'pod', required: true, about: '' },
    list: { type: 'list', about: '' },
    digest: { type: 'image-digest', about: '' },
    space: { type: 'namespace', about: '' },
  } as const
  const pod = { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u' }

  it('takes pinned objects of their kind, one for a list of one, and null for left out', () => {
    expect(given('try', parameters, { pod: { ...pod, more: [1] }, list: 'a', digest: null, space: 'shop' })).toEqual({
      pod,
      list: ['a'],
      space: { kind: 'Namespace', name: 'shop' },
    })
  })

  it.each([
    ['web', /has to be a pod/],
    [{ ...pod, kind: 'Node' }, /has to be a pod/],
    [{ ...pod, name: '' }, /has to be a pod/],
    [{ ...pod, uid: 7 }, /has to be a pod/],
    [null, /needs pod/],
  ])('refuses %j for a pod', (value, message) => {
    expect(() => given('try', parameters, { pod: value })).toThrow(message)
  })

  it('refuses a digest that is none, and objects of other kinds in a list', () => {
    expect(() => given('try', parameters, { pod, digest: `sha256:${'A'.repeat(64)}` })).toThrow('image-digest')
    expect(() => pinsIn('try', [pod, { ...pod, kind: 'Secret' }], ['Pod'])).toThrow('(Pod)')
  })

  it('never throws for rights, and never takes a value of another type', () => {
    fc.assert(
      fc.property(fc.record({ pod: fc.jsonValue(), list: fc.jsonValue(), digest: fc.jsonValue() }), (args) => {
        const known = knownOf('try', parameters, args as Args)
        if (known.pod) expect(pinIn(known.pod as never)).toEqual(known.pod)
        if (known.digest !== undefined) expect(known.digest).toMatch(/^sha256:/)
      }),
    )
  })

  it('reads a subject as it is: what reads like an escape is part of its name', async () => {
    const nameOf = async (name: string) => (await subjectIn(`user:${name}`)).name
    expect(await nameOf('\\u{61}dmin')).toBe('\\u{61}dmin')
    await fc.assert(fc.asyncProperty(fc.string({ minLength: 1 }), async (name) => (await nameOf(name)) === name))
    await expect(subjectIn('pod:shop/web')).rejects.toThrow('service account')
  })
})

describe('rights', () => {
  it('are of each verb and type, and needed where one part needs them', () => {
    expect(may('get', 'pods/log jobs.batch', { namespace: 'a' })).toEqual([
      { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'a' },
      { verb: 'get', group: 'batch', resource: 'jobs', namespace: 'a' },
    ])
    const [optional, needed] = [may('get', 'pods', { optional: true }), may('get', 'pods')]
    expect(distinct([...optional, ...needed])).toEqual(needed)
    expect(distinct([...needed, ...optional])).toEqual(needed)
    expect(distinct([...optional, ...optional])).toEqual(optional)
  })
})

describe('evidence', () => {
  const pod = (name: string): Pinned => ({ kind: 'Pod', namespace: 'shop', name, uid: name })
  const pods = [pod('web'), pod('web-1')]
  const wholeWith = (...gaps: string[]) =>
    pods.filter((one) => isWhole(one, pods, gaps.map((what) => ({ what })) as EvidenceGap[])).map(({ name }) => name)

  it('has a pod whole where no gap may be of it', () => {
    expect(wholeWith()).toEqual(['web', 'web-1'])
    expect(wholeWith('the current log of container a of pod web-1 in shop')).toEqual(['web'])
    expect(wholeWith('pod web in shop (u)')).toEqual(['web-1'])
    expect(wholeWith('list secrets', 'get node n1', 'node n1: its log')).toEqual(['web', 'web-1'])
    expect(wholeWith('which pods are there after their logs were read')).toEqual([])
    expect(wholeWith('something new')).toEqual([])
  })
})

describe('a cluster for a time', () => {
  const never = async ({ signal }: Request) =>
    await new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  const slow = { request: never, json: never, stream: never, webSocket: never } as unknown as Cluster

  it('ends what is under way once it is over, and what has a signal of its own by that', async () => {
    const timed = until(slow, 20)
    const own = new AbortController()
    const all = [
      timed.cluster.request({ path: '/' }),
      timed.cluster.json({ path: '/' }),
      timed.cluster.stream({ path: '/' }),
      timed.cluster.webSocket({ path: '/', protocols: [] }),
    ]
    const other = timed.cluster.json({ path: '/', signal: own.signal })
    own.abort(new Error('mine'))
    await expect(other).rejects.toThrow('mine')
    for (const one of all) await expect(one).rejects.toMatchObject({ code: 'timeout' })
    expect(timed.isOver()).toBe(true)
  })

  it('is as it was where it ends in time', () => {
    const timed = until(slow, 60_000)
    timed.end()
    expect(timed.isOver()).toBe(false)
  })
})

describe('how a run ended', () => {
  const step = (state: string) => ({ state, ref: { kind: 'Pod', name: 'web' } }) as never
  it.each([
    ['applied', ['applied'], 'applied'],
    ['failed', ['applied', 'failed'], 'partial'],
    ['failed', ['failed', 'planned'], 'failed'],
    ['unfinished', ['unsettled'], 'partial'],
    ['stopped', ['planned'], 'failed'],
    ['undone', ['undone'], 'failed'],
  ] as const)('%s with steps %j is %s', (state, steps, expected) => {
    expect(endedBy({ state, steps: steps.map(step), warnings: [] }).state).toBe(expected)
  })
})

describe('a rollout', () => {
  const raw = (kind: string, spec: object, status: object) => ({
    kind,
    metadata: { name: 'w', generation: 2 },
    spec,
    status,
  })
  const whole = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 }
  it.each([
    ['Deployment', { replicas: 3 }, whole, true],
    ['Deployment', { replicas: 3 }, { ...whole, observedGeneration: 1 }, false],
    ['Deployment', { replicas: 3 }, { ...whole, replicas: 4 }, false],
    ['Deployment', { replicas: 3 }, { ...whole, availableReplicas: 2 }, false],
    ['Deployment', { replicas: 3 }, { ...whole, updatedReplicas: 1 }, false],
    ['Deployment', { replicas: 0 }, { observedGeneration: 2 }, true],
    ['StatefulSet', { replicas: 3 }, { ...whole, readyReplicas: 1 }, false],
    [
      'DaemonSet',
      {},
      { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
      false,
    ],
  ] as const)('%s %j %j: %s', (kind, spec, status, done) => {
    expect(rolloutOf(raw(kind, spec, status)).done).toBe(done)
  })

  it('is not had of what is not rolled out', () => {
    expect(() => rolloutOf(raw('Job', {}, {}))).toThrow('not rolled out')
  })
})

describe('what is at the top of controllers', () => {
  it('ends where owners name each other in a circle', async () => {
    const owned = (name: string, by: string) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        namespace: 'shop',
        name,
        uid: name,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: by, uid: by, controller: true }],
      },
    })
    const there = [owned('a', 'b'), owned('b', 'a')]
    const get = {
      maybe: (_: unknown, __: unknown, name: string) => there.find(({ metadata }) => metadata.name === name),
    }
    const tops = await topsOf(get as never, [there[0] as never])
    expect([...tops.keys()]).toEqual(['a'])
  })
})

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import { responderRoles } from '../../../src/cli/responder-role.ts'
import { prepareIsolation } from '../../../src/isolation/prepare.ts'
import { metaOf, type Raw } from '../../../src/isolation/raw.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { isolate, undo } from './isolating.ts'
import { apply, image, kubectl, rawPod, stateNamespace } from './stage.ts'
import { block, everything, open, opens, openStreet, policy, responder, siblings, type Street } from './street.ts'
import { addresses } from '../../cluster/control-plane.ts'

// Each scenario mostly waits; more at a time, and canaries run late on a small machine.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 })

const pod = (namespace: string) => ({ kind: 'Pod' as const, namespace, name: 'web' })
const masters = { groups: ['system:masters'] }
type Event = {
  user: { username: string }
  verb: string
  requestURI: string
  objectRef?: { resource?: string; name?: string; subresource?: string; namespace?: string }
  responseStatus?: { code: number }
}
const get = ['get', 'list', 'watch']

describeWithCluster('node', 'isolation: rights, records and the audit log', (running) => {
  let street: Street
  const engines: Engine[] = []
  beforeAll(async () => {
    street = await openStreet(running())
  })
  afterAll(() => {
    street?.close()
    for (const { cluster } of engines) cluster.close()
  })
  const engineOf = async (name: string, how: Parameters<typeof responder>[2]) => {
    const engine = await responder(street, name, how)
    engines.push(engine)
    return engine
  }
  let marks = 0
  /** What the user has sent so far, as the audit log has it. */
  const audit = async (engine: Engine): Promise<Event[]> => {
    const mark = `/healthz?mark=${++marks}-${engine.user.name}`
    await engine.cluster.request({ path: mark })
    return await vi.waitFor(() => {
      const events = readFileSync(running().auditLog, 'utf8')
        .split('\n')
        .flatMap((line) => {
          try {
            return [JSON.parse(line) as Event]
          } catch {
            return []
          }
        })
        .filter(({ user }) => user.username === engine.user.name)
      expect(events.some(({ requestURI }) => requestURI === mark)).toBe(true)
      return events
    }, 10_000)
  }
  const isWrite = ({ verb, requestURI }: Event) =>
    !get.includes(verb) &&
    !requestURI.includes('dryRun=All') &&
    !/\/(self)?subject(access|rules)?reviews/.test(requestURI)
  const textOf = ({ verb, objectRef: { resource = '', subresource, name = '' } = {} }: Event) =>
    `${verb} ${resource}${subresource ? `/${subresource}` : ''} ${name}`

  describe.concurrent('', () => {
    test('preparing writes nothing but dry runs and access reviews; a second undo writes nothing; the order of calls', async () => {
      const engine = await engineOf('auditor', masters)
      await block(street, 'audit')
      await apply(running(), policy('audit', 'in', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] }))
      await prepareIsolation(engine, {
        query: pod('audit'),
        options: { sever: true, revoke: true, cordon: true },
        command: ['isolate'],
        image,
      })
      const prepared = await audit(engine)
      expect(prepared.filter(isWrite).map(textOf)).toEqual([])
      expect(prepared.filter(({ requestURI }) => requestURI.includes('dryRun=All')).length).toBeGreaterThan(5)

      const report = await isolate(engine, pod('audit'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      const wrote = (await audit(engine)).filter(isWrite).map(textOf)
      const at = (pattern: RegExp) => wrote.findIndex((line) => pattern.test(line))
      const order = [
        /^create secrets/,
        /^create networkpolicies/,
        /^patch pods web/,
        /^patch pods\/ephemeralcontainers web/,
        /^create pods/,
      ].map(at)
      expect(order).not.toContain(-1)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      // The label that a policy allows by goes last of all that is written to the pod.
      expect(wrote.findLastIndex((line) => line === 'patch pods web')).toBeGreaterThan(
        wrote.findLastIndex((line) => line.startsWith('create pods ')),
      )

      expect(await undo(engine, report.plan)).toMatchObject({ state: 'undone' })
      const before = (await audit(engine)).filter(isWrite).length
      expect(await undo(engine, report.plan)).toMatchObject({ state: 'undone' })
      const after = (await audit(engine)).filter(isWrite)
      expect(after.slice(before).map(textOf)).toEqual([])
    })

    test('every field of the pod is as before, but for what was said', async () => {
      await block(street, 'fields')
      const essence = async () => {
        const { metadata, spec, status } = (await rawPod(street.api, 'fields', 'web')) as Record<string, Raw>
        const { resourceVersion: _1, generation: _2, managedFields: _3, ...head } = metadata ?? {}
        const { ephemeralContainers: _4, ...body } = spec ?? {}
        const { ephemeralContainerStatuses: _5, observedGeneration: _6, ...now } = status ?? {}
        return { head, body, now }
      }
      const [before, policies] = [
        await essence(),
        await kubectl(
          running(),
          'get',
          'networkpolicy,pod,service,secret,lease,serviceaccount',
          '-n',
          'fields',
          '-o',
          'name',
        ),
      ]
      const report = await isolate(street.engine, pod('fields'), { sever: true, revoke: true })
      expect(report.run.irreversible.map(({ what }) => what)).toEqual([
        expect.stringContaining('generation'),
        expect.stringContaining('ephemeral container'),
      ])
      expect(await undo(street.engine, report.plan)).toMatchObject({ state: 'undone' })
      expect(JSON.stringify(await essence()).replaceAll(/"observedGeneration":\d+,?/g, '')).toEqual(
        JSON.stringify(before).replaceAll(/"observedGeneration":\d+,?/g, ''),
      )
      expect(
        await kubectl(
          running(),
          'get',
          'networkpolicy,pod,service,secret,lease,serviceaccount',
          '-n',
          'fields',
          '-o',
          'name',
        ),
      ).toBe(policies)
      expect(await kubectl(running(), 'get', 'secret,lease', '-n', stateNamespace, '-o', 'name')).not.toContain(
        report.plan,
      )
    })

    test('a responder with the role that preflight prints, and no other right: ISOLATED, and undone', async () => {
      await block(street, 'role')
      await apply(running(), policy('role', 'all', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] }))
      await apply(running(), ...responderRoles(stateNamespace))
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'oncall' }]
      const name = 'kubectl-secure-responder'
      const bind = (kind: string, role: string, metadata: object) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind,
        metadata,
        subjects,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role, name },
      })
      await apply(
        running(),
        bind('ClusterRoleBinding', 'ClusterRole', { name }),
        bind('RoleBinding', 'Role', { name, namespace: stateNamespace }),
      )
      const engine = await engineOf('oncall', { groups: ['oncall'] })
      const report = await isolate(engine, pod('role'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(await open(street, 'role')).toEqual(siblings)
      expect(await undo(engine, report.plan)).toMatchObject({ state: 'undone' })
      await opens(street, 'role', everything)
      const denied = (await audit(engine)).filter(({ responseStatus }) => responseStatus?.code === 403)
      // By it one learns whether there are authorizers besides RBAC; without it that is a gap of who can lift the isolation.
      expect(denied.map(textOf)).toEqual(['create subjectaccessreviews '])
    })

    test('one verb less: refused before the first write, and it is named', async () => {
      await block(street, 'less')
      const all = [{ apiGroups: ['*'], resources: ['*'], verbs: get }]
      const core = (...verbs: string[]) => ({ apiGroups: ['', 'coordination.k8s.io'], resources: ['*'], verbs })
      const policies = (...verbs: string[]) => ({
        apiGroups: ['networking.k8s.io'],
        resources: ['networkpolicies'],
        verbs,
      })
      const cases: [string, object[], RegExp][] = [
        ['no-create', [core('*'), policies('delete')], /may not create networkpolicies/],
        ['no-delete', [core('*'), policies('create')], /may not delete networkpolicies/],
        ['no-patch', [core('create', 'delete'), policies('*')], /may not patch (pods|leases)/],
      ]
      for (const [name, rules, message] of cases) {
        const engine = await engineOf(name, { rules: [...all, ...rules] })
        await expect(isolate(engine, pod('less'), {})).rejects.toMatchObject({
          code: 'forbidden',
          message: expect.stringMatching(message),
        })
        expect((await audit(engine)).filter(isWrite).map(textOf)).toEqual([])
      }
      await opens(street, 'less', everything)
    })

    test('15: two responders and two incidents on one pod; undo of one leaves the other; foreign edits stay', async () => {
      await block(street, 'two')
      await apply(running(), policy('two', 'in', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] }))
      const before = metaOf(await rawPod(street.api, 'two', 'web')).labels
      const [jane, john] = [await engineOf('jane', masters), await engineOf('john', masters)]
      const first = await isolate(jane, pod('two'), { sever: true })
      const second = await isolate(john, pod('two'), { sever: true })
      expect([first.verdict, second.verdict]).toEqual(['ISOLATED', 'ISOLATED'])
      await kubectl(running(), 'label', 'pod', '-n', 'two', 'web', 'argo=was-here')
      const undone = await undo(jane, first.plan)
      expect(undone.steps.flatMap(({ left = [] }) => left.map(({ path }) => path.at(-1)))).toContain('app')
      expect(await open(street, 'two')).toEqual(siblings)
      expect(await undo(john, second.plan)).toMatchObject({ state: 'undone' })
      expect(metaOf(await rawPod(street.api, 'two', 'web')).labels).not.toHaveProperty('app')
      expect(await undo(jane, first.plan)).toMatchObject({ state: 'undone' })
      await opens(street, 'two', everything)
      expect(metaOf(await rawPod(street.api, 'two', 'web')).labels).toEqual({ ...before, argo: 'was-here' })
      const count = (await audit(jane)).filter(isWrite).length
      expect(await undo(jane, first.plan)).toMatchObject({ state: 'undone' })
      expect((await audit(jane)).filter(isWrite).length).toBe(count)
    })

    test('another responder, on another machine, takes it back by the record in the cluster', async () => {
      await block(street, 'record')
      const [ann, bob] = [await engineOf('ann', masters), await engineOf('bob', masters)]
      const report = await isolate(ann, pod('record'), { sever: true })
      expect(await open(street, 'record')).toEqual(siblings)
      expect(await undo(bob, report.plan)).toMatchObject({ state: 'undone' })
      await opens(street, 'record', everything)
    })

    test('--revoke: the account loses its roles and its old token, and gets them back', async () => {
      await block(street, 'revoke', { spec: { serviceAccountName: 'default' } })
      const metadata = {
        namespace: 'revoke',
        name: 'old-token',
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      }
      const subjects = [
        { kind: 'ServiceAccount', name: 'default', namespace: 'revoke' },
        { kind: 'ServiceAccount', name: 'other', namespace: 'revoke' },
      ]
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }
      await apply(
        running(),
        { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'view-of-default' },
          subjects,
          roleRef,
        },
      )
      const token = await vi.waitFor(async () => {
        const text = await kubectl(
          running(),
          'get',
          'secret',
          '-n',
          'revoke',
          'old-token',
          '-o',
          'jsonpath={.data.token}',
        )
        expect(text).not.toBe('')
        return Buffer.from(text, 'base64').toString()
      }, 10_000)
      const bound = (await kubectl(running(), 'create', 'token', 'default', '-n', 'revoke')).trim()
      const says = async (with_: string) =>
        (
          await street.ask('node', [
            { id: 'it', by: 'api', address: addresses.node, port: 0 + apiPort(), token: with_ },
          ])
        )['it']
      const apiPort = () => Number(new URL(running().server).port)
      const binding = async () =>
        JSON.parse(await kubectl(running(), 'get', 'clusterrolebinding', 'view-of-default', '-o', 'json')) as Raw
      const before = await binding()
      expect([await says(token), await says(bound)]).toEqual(['200', '200'])
      expect(await open(street, 'revoke', 'web', bound)).toContain('web>api')
      const report = await isolate(street.engine, pod('revoke'), { sever: true, revoke: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(report.warnings.map(({ text }) => text).join('; ')).toContain('is refused by the API server now (tried)')
      expect((await binding())['subjects']).toEqual([expect.objectContaining({ name: 'other' })])
      expect([await says(token), await says(bound)]).toEqual(['401', '403'])
      expect(await undo(street.engine, report.plan)).toMatchObject({ state: 'undone' })
      const byName = (raw: Raw) =>
        (raw['subjects'] as { name: string }[]).toSorted((a, b) => a.name.localeCompare(b.name))
      expect(byName(await binding())).toEqual(byName(before))
      await vi.waitFor(async () => expect([await says(token), await says(bound)]).toEqual(['200', '200']), 20_000)
    })
  })

  test('--cordon: the node takes no new pods until undo', async () => {
    await block(street, 'cordon')
    const spec = async () => await kubectl(running(), 'get', 'node', 'node1', '-o', 'jsonpath={.spec.unschedulable}')
    const report = await isolate(street.engine, pod('cordon'), { sever: true, cordon: true })
    expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
    expect(await spec()).toBe('true')
    await undo(street.engine, report.plan)
    expect(await spec()).toBe('')
  })
})

import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import type { PlaybookRunReport } from '../../../../src/playbook/run-report.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import { connectTo } from '../../change/harness.ts'
import type { Picture } from '../../change/matrix/picture.ts'
import { apply, image, kubectl, namespace, podOf, ready } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn, statusFor } from './incident.ts'

// What is issued is a token of an account, and its issuer the API server: whether an old one is dead it says itself.
describeWithCluster('node', 'the playbook secret-exposure', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  let old: string
  const look = async () => await looks(api, ['shop'])
  const issued = async () => (await kubectl(running(), 'create', 'token', 'robot', '-n', 'shop')).trim()
  const secret = (name: string, token: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name },
    stringData: { token },
  })
  const template = (name: string) => ({
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image,
          args: ['netexec', '--http-port=8080'],
          env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'api-key', key: 'token' } } }],
        },
      ],
    },
  })
  const held = async (name: string) =>
    await kubectl(running(), 'exec', '-n', 'shop', `deployment/${name}`, '--', 'sh', '-c', 'echo -n "$TOKEN"')
  const rolledOut = async (name: string) =>
    await kubectl(running(), 'rollout', 'status', '-n', 'shop', `deployment/${name}`, '--timeout=60s')
  const deployment = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name },
    spec: { selector: { matchLabels: { app: name } }, template: template(name) },
  })
  const podsOf = async (app: string) =>
    (
      await kubectl(
        running(),
        'get',
        'pods',
        '-n',
        'shop',
        '-l',
        `app=${app}`,
        '-o',
        'jsonpath={.items[*].metadata.name}',
      )
    )
      .split(' ')
      .filter((name) => name !== '')

  /** What is other than before, but for pods that were replaced and what their controllers say of that. */
  const lasting = async (report: PlaybookRunReport, before: Picture) => {
    const found = await responder.differences(api, report, before, await look())
    return found.filter(
      (line) => !/^(?:Pod|ReplicaSet) front-|^Deployment front\.(?:status\.conditions|\S+\/revision):/.test(line),
    )
  }

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    const robot = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'robot' } }
    await apply(running(), namespace('shop'), robot)
    old = await issued()
    await apply(
      running(),
      secret('api-key', old),
      deployment('front'),
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { namespace: 'shop', name: 'nightly' },
        spec: {
          schedule: '0 3 1 1 *',
          jobTemplate: { spec: { template: { spec: { ...template('x').spec, restartPolicy: 'Never' } } } },
        },
      },
      podOf('shop', 'other'),
    )
    await Promise.all([rolledOut('front'), ready(running(), 'shop', 'other')])
  }, 90_000)

  it('has every workload use the new one, and the old one is dead', async () => {
    // Where it is issued, by hand, as the playbook has it.
    const account = ['serviceaccount', 'robot', '-n', 'shop']
    await kubectl(running(), 'delete', ...account)
    await kubectl(running(), 'create', ...account)
    const fresh = await issued()
    await apply(running(), secret('api-key-2', fresh))
    const before = await look()
    const names = await podsOf('front')
    const { report, code, stderr } = await responder.run('secret-exposure', {
      inputs: { namespace: 'shop', secret: 'shop/api-key', fresh: 'shop/api-key-2' },
      decisions: { issued: 'yes', dead: 'yes' },
      confirm: { move: names },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(await held('front')).toBe(fresh)
    expect([await statusFor(running(), old, '/api'), await statusFor(running(), fresh, '/api')]).toEqual([401, 200])
    const users = await kubectl(running(), 'get', 'deployment,cronjob,pod', '-n', 'shop', '-o', 'yaml')
    expect(users.match(/name: api-key$/gm) ?? []).toEqual([])
    const written = await responder.report(report)
    expect(written.stdout).not.toContain(old)
    expect(written.code).toBe(3)
    expect(written.stdout).toMatch(/Contained, [^\n]*step `moved` saw that it is so/)
    expect(written.stdout).toContain('patch `CronJob shop/nightly`')
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    await rolledOut('front')
    expect(await held('front')).toBe(old)
    expect(await lasting(report, before)).toEqual([])
  })

  it('stops what uses it, where it is dead already', async () => {
    const before = await look()
    const names = await podsOf('front')
    const { report, code, stderr } = await responder.run('secret-exposure', {
      inputs: { namespace: 'shop', secret: 'shop/api-key' },
      decisions: { issued: 'revoked', dead: 'yes' },
      confirm: { stop: names },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(await podsOf('front')).toEqual([])
    expect(await kubectl(running(), 'get', 'cronjob', 'nightly', '-n', 'shop', '-o', 'jsonpath={.spec.suspend}')).toBe(
      'true',
    )
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    await rolledOut('front')
    expect(await lasting(report, before)).toEqual([])
  })

  it('moves what runs no pods now', async () => {
    await kubectl(running(), 'delete', '-n', 'shop', 'deployment', 'front', '--cascade=foreground')
    const { report, code, stderr } = await responder.run('secret-exposure', {
      inputs: { namespace: 'shop', secret: 'shop/api-key', fresh: 'shop/api-key-2' },
      decisions: { issued: 'yes', dead: 'no' },
      confirm: { move: 'nightly' },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(outcomes(report)).toMatchObject({ quick: 'skipped', move: 'done', moved: 'done', open: 'done' })
  })
})

import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { folder } from '../../../cli/run.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, image, kubectl, namespace, podOf, ready, until } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn } from './incident.ts'
import { importMiner } from './miner-image.ts'

const [miner, sameBytes] = ['localhost/miner:1', 'localhost/analytics:2']

describeWithCluster('node', 'the playbook malicious-image', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  let digest: string
  const look = async () => await looks(api, ['shop', 'tools'])
  const at = async (path: string, ...words: string[]) =>
    await kubectl(running(), 'get', ...words, '-o', `jsonpath={${path}}`)
  const container = (of: string) => ({
    name: 'main',
    image: of,
    command: ['sleep', '100000'],
    securityContext: { capabilities: { drop: ['NET_RAW'] } },
  })
  const template = (app: string, of: string) => ({
    metadata: { labels: { app } },
    spec: { terminationGracePeriodSeconds: 0, containers: [container(of)] },
  })
  const deployment = (space: string, name: string, of: string, replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: space, name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, of) },
  })
  const rolledOut = async (space: string, name: string) =>
    await kubectl(running(), 'rollout', 'status', '-n', space, `deployment/${name}`, '--timeout=60s')
  /** What the API server says to somebody who wants a pod of it. */
  const starting = async (of: string) =>
    (await running().exec(['kubectl', 'run', '-n', 'shop', 'again', '--image', of, '--dry-run=server'])).stderr
  const reaches = async (pod: string, address: string) => {
    const connect = ['/agnhost', 'connect', `${address}:8080`, '--timeout=2s']
    return (await running().exec(['kubectl', 'exec', '-n', 'tools', pod, '--', ...connect])).code === 0
  }

  /** The names of the pods that run the bytes. */
  const namesOfMiners = async () => {
    const template = '{range .items[*]}{.status.containerStatuses[0].imageID} {.metadata.name}{"\\n"}{end}'
    const lines = (await kubectl(running(), 'get', 'pods', '-A', '-o', `jsonpath=${template}`)).split('\n')
    return lines.flatMap((line) => (line.startsWith(`${digest} `) ? [line.split(' ')[1] ?? ''] : [])).toSorted()
  }

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    await importMiner(running(), folder(), [miner, sameBytes])
    await apply(
      running(),
      namespace('shop'),
      namespace('tools'),
      deployment('shop', 'api', image, 1),
      deployment('tools', 'miner', miner, 1),
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { namespace: 'tools', name: 'nightly' },
        spec: {
          schedule: '0 3 1 1 *',
          jobTemplate: { spec: { template: { spec: { ...template('x', sameBytes).spec, restartPolicy: 'Never' } } } },
        },
      },
      podOf('shop', 'web'),
      { ...podOf('tools', 'shell'), spec: template('shell', sameBytes).spec },
    )
    await rolledOut('shop', 'api')
    await apply(running(), deployment('shop', 'api', sameBytes, 1))
    await kubectl(running(), 'create', 'job', '-n', 'tools', '--from=cronjob/nightly', 'nightly-1')
    await Promise.all([
      rolledOut('shop', 'api'),
      rolledOut('tools', 'miner'),
      ready(running(), 'tools', 'shell'),
      ready(running(), 'shop', 'web'),
    ])
    await until(
      'the pod of the job',
      async () => (await at('.status.ready', 'job', 'nightly-1', '-n', 'tools')) === '1',
    )
    digest = await at('.status.containerStatuses[0].imageID', 'pod', 'shell', '-n', 'tools')
  }, 90_000)

  it('stops what runs it wherever it is, whatever it is called, and refuses it', async () => {
    const pods = JSON.parse(await kubectl(running(), 'get', 'pods', '-A', '-o', 'json')) as {
      items: { metadata: { name: string }; status: { containerStatuses: { imageID: string }[] } }[]
    }
    const names = pods.items
      .filter((one) => one.status.containerStatuses[0]?.imageID === digest)
      .map((one) => one.metadata.name)
    expect(names).toHaveLength(4)
    const web = await at('.status.podIP', 'pod', 'web', '-n', 'shop')
    expect(await reaches('shell', web)).toBe(true)
    const before = await look()
    const { report, code, stderr } = await responder.run('malicious-image', {
      inputs: { digest },
      decisions: { stop: 'stop', mend: 'keep' },
      confirm: { block: true, cut: true, stopped: names },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(outcomes(report)).toMatchObject({ refused: 'done', cut: 'done', stopped: 'done', since: 'done' })
    expect(await reaches('shell', web)).toBe(false)
    for (const refused of [miner, sameBytes, `registry.example/other@${digest}`])
      expect(await starting(refused)).toContain(`kubectl secure blocks this image: ${digest}`)
    expect(await starting(image)).toBe('')
    for (const [space, name] of [
      ['shop', 'api'],
      ['tools', 'miner'],
    ] as const)
      expect(await at('.spec.replicas', 'deployment', name, '-n', space)).toBe('0')
    expect(await at('.spec.suspend', 'cronjob', 'nightly', '-n', 'tools')).toBe('true')
    // What was cut off runs on, and nothing came in its place.
    expect(await namesOfMiners()).toEqual(names.toSorted())
    const written = await responder.report(report)
    // No audit log was read.
    expect(written.code).toBe(3)
    expect(written.stdout).toMatch(
      /Contained, [^\n]*step `refused` saw that it is so[^\n]*step `cut` has the verdict ISOLATED/,
    )
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(said).toMatch(/the ephemeral container \S+ stays in the pod's spec until the pod is deleted/)
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    await expect.poll(async () => await starting(miner)).toBe('')
    await expect.poll(async () => await reaches('shell', web)).toBe(true)
  })

  it('rolls a Deployment back to what ran before, and ends the pods that were cut off', async () => {
    await kubectl(running(), 'delete', '-n', 'tools', 'deployment,cronjob,job,pod', '--all', '--now')
    await kubectl(running(), 'delete', '-n', 'shop', 'pod', '--now', ...(await namesOfMiners()))
    await kubectl(running(), 'rollout', 'restart', '-n', 'shop', 'deployment/api')
    await rolledOut('shop', 'api')
    const [name = '', ...others] = await until('one pod of it', async () => {
      const names = await namesOfMiners()
      return names.length === 1 && names
    })
    expect(others).toEqual([])
    const { report, code, stderr } = await responder.run('malicious-image', {
      inputs: { digest, which: 'shop/deployment/api' },
      decisions: { stop: 'back', mend: 'delete' },
      confirm: { block: true, cut: true, rollBack: name, ended: name },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(await namesOfMiners()).toEqual([])
    expect(await at('.spec.template.spec.containers[0].image', 'deployment', 'api', '-n', 'shop')).toBe(image)
    expect(await at('.status.readyReplicas', 'deployment', 'api', '-n', 'shop')).toBe('1')
    // The block is the first thing that was made and so the last to go: until then the pod is refused as any other, and that is said.
    const first = await responder.undo(report)
    expect([first.undone.state, first.code], first.stderr).toEqual(['partly-undone', 1])
    expect(first.stderr).toContain(`kubectl secure blocks this image: ${digest}`)
    expect(await at('.spec.template.spec.containers[0].image', 'deployment', 'api', '-n', 'shop')).toBe(sameBytes)
    await expect.poll(async () => await starting(sameBytes)).toBe('')
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    await expect.poll(namesOfMiners).toContain(name)
  })
})

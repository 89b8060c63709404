import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { exec, maxOutput } from '../../../src/cluster/exec.ts'
import { podLogs, readLogs } from '../../../src/cluster/logs.ts'
import { waitFor } from '../../../src/cluster/watch.ts'
import { createObject, deleteObject, evictPod, getObject, patchObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { faultProxy } from '../../unit/cluster/fault-proxy.ts'
import { connected } from './connected.ts'

const pods = '/api/v1/namespaces/default/pods'
const place = { namespace: 'default', pod: 'web', container: 'main', timeoutMs: 20_000 }
const image = { image: 'localhost/agnhost:1', imagePullPolicy: 'Never' }
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', ...image, command: ['sh', '-c', 'seq 1 1000; echo grün; exec sleep 3600'] }],
  },
}

describeWithCluster('node', 'exec, logs and waiting in real pods', (cluster) => {
  const sh = async (script: string, more: object = {}) =>
    exec(await connected(cluster().kubeconfig), { ...place, command: ['sh', '-c', script], ...more })

  beforeAll(async () => {
    const { code, stderr } = await cluster().exec(['kubectl', 'create', '-f', '-'], { input: JSON.stringify(pod) })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const wait = ['kubectl', 'wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']
    expect(await cluster().exec(wait)).toMatchObject({ code: 0 })
  })

  test('both streams and the exit code come back, and words go as they are', async () => {
    expect(await sh('echo out; echo err >&2; exit 7')).toEqual({
      stdout: Buffer.from('out\n'),
      stderr: 'err\n',
      exitCode: 7,
      truncated: false,
    })
    const words = ['a b', '&c=d', '%41', '"', "'", 'grün', '', '*']
    const api = await connected(cluster().kubeconfig)
    const { stdout } = await exec(api, { ...place, command: ['printf', '<%s>', ...words] })
    expect(stdout.toString()).toBe(words.map((word) => `<${word}>`).join(''))
  })

  test('a megabyte through standard input and back is the same', async () => {
    const stdin = randomBytes(1024 * 1024)
    const { stdout, exitCode } = await sh('cat', { stdin })
    expect(exitCode).toBe(0)
    expect(stdout.equals(stdin)).toBe(true)
    expect(await sh('cat; echo end', { stdin: Buffer.alloc(0) })).toMatchObject({ stdout: Buffer.from('end\n') })
  })

  test('output without end is cut, and the exit code comes all the same', async () => {
    const result = await sh(`head -c ${maxOutput + 100_000} /dev/zero; exit 3`)
    expect(result.stdout.length).toBe(maxOutput)
    expect(result).toMatchObject({ truncated: true, exitCode: 3 })
  })

  test('a time that runs out leaves it unsettled', async () => {
    await expect(sh('sleep 30', { timeoutMs: 1500 })).rejects.toMatchObject({
      code: 'timeout',
      unsettled: true,
      message: expect.stringMatching(/pod web of namespace default, container main: .* not ended within 1.5 s$/),
    })
  })

  test('what cannot be run is named', async () => {
    const api = await connected(cluster().kubeconfig)
    const none = exec(api, { ...place, command: ['/none'] })
    await expect(none).rejects.toMatchObject({ code: 'server', message: expect.stringContaining('/none') })
    const missing = exec(api, { ...place, pod: 'none', command: ['true'] })
    await expect(missing).rejects.toMatchObject({ code: 'not-found', unsettled: false })
    const container = exec(api, { ...place, container: 'none', command: ['true'] })
    await expect(container).rejects.toMatchObject({ message: expect.stringContaining('container none is not valid') })
    const eve = await connected(cluster().kubeconfig, { as: 'eve' })
    await expect(exec(eve, { ...place, command: ['true'] })).rejects.toMatchObject({
      code: 'forbidden',
      refusedBy: 'authorizer',
      unsettled: false,
      message: expect.stringMatching(
        /^exec \(pods\/exec\) in pod web of namespace default, container main: 403 .* User "eve" cannot \w+ resource "pods\/exec"/,
      ),
    })
  })

  test('as a service account by its token, through a proxy', async () => {
    const rules = ['kubectl', 'create', 'clusterrole', 'exec', '--verb=get', '--resource=pods/exec']
    await cluster().exec(rules)
    await cluster().exec([
      'kubectl',
      'create',
      'clusterrolebinding',
      'exec',
      '--clusterrole=exec',
      '--serviceaccount=default:default',
    ])
    const { stdout: token } = await cluster().exec(['kubectl', 'create', 'token', 'default'])
    const proxy = await faultProxy(cluster().kubeconfig)
    const api = await connected(proxy.kubeconfig(token.trim()))
    expect(await exec(api, { ...place, command: ['true'] })).toMatchObject({ exitCode: 0 })
    await proxy.close()
  })

  test('logs: whole, bounded, followed, and those that are not there', async () => {
    const api = await connected(cluster().kubeconfig)
    const whole = await readLogs(api, place, 1_000_000)
    expect(whole).toMatchObject({ truncated: false })
    expect(whole.text).toMatch(/^1\n2\n3\n[^]*\n1000\ngrün\n$/)
    expect(await readLogs(api, place, 4)).toEqual({ text: '1\n2\n', truncated: true })
    expect((await readLogs(api, { ...place, timestamps: true }, 80)).text).toMatch(/^\d{4}-\d\d-\d\dT\S+ 1\n/)
    const follow = await podLogs(api, { ...place, follow: true })
    let seen = ''
    for await (const piece of follow) {
      seen += String(piece)
      if (seen.endsWith('grün\n')) break
    }
    expect(seen).toBe(whole.text)
    await expect(podLogs(api, { ...place, previous: true })).rejects.toMatchObject({
      code: 'server',
      message: expect.stringMatching(
        /^logs \(pods\/log\) of pod web of namespace default, container main: 400 .*previous/,
      ),
    })
    await expect(podLogs(api, { ...place, pod: 'none' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('an ephemeral container: added with a patch, waited for, its end read', async () => {
    const api = await connected(cluster().kubeconfig)
    const path = `${pods}/web`
    const { metadata } = (await getObject(api, path)) ?? expect.fail('no pod')
    const added = { name: 'probe', ...image, command: ['sh', '-c', 'echo from the probe; exit 4'] }
    const patched = await patchObject(api, `${path}/ephemeralcontainers`, [
      { op: 'test', path: '/metadata/uid', value: metadata.uid },
      { op: 'add', path: '/spec/ephemeralContainers', value: [added] },
    ])
    expect(patched.metadata.uid).toBe(metadata.uid)
    type Status = { ephemeralContainerStatuses?: { state?: { terminated?: { exitCode: number } } }[] }
    const code = await waitFor(
      api,
      path,
      (object) => {
        const [status] = (object?.['status'] as Status | undefined)?.ephemeralContainerStatuses ?? []
        return status?.state?.terminated && { code: status.state.terminated.exitCode }
      },
      { timeoutMs: 30_000 },
    )
    expect(code).toEqual({ code: 4 })
    expect(await readLogs(api, { ...place, container: 'probe' }, 1000)).toMatchObject({ text: 'from the probe\n' })
  })

  test('a disruption budget refuses an eviction; a delete terminates, and its end is seen', async () => {
    const api = await connected(cluster().kubeconfig)
    const { uid } = (await getObject(api, `${pods}/web`))?.metadata ?? expect.fail('no pod')
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
    const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } }
    await createObject(api, budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec,
    })
    await expect.poll(async () => (await getObject(api, `${budgets}/b`))?.['status']).toMatchObject({ expectedPods: 1 })
    await expect(evictPod(api, `${pods}/web`, { uid })).rejects.toMatchObject({
      code: 'too-many-requests',
      status: { causes: [{ reason: 'DisruptionBudget' }] },
    })
    expect(await deleteObject(api, `${pods}/web`, { uid })).toBe('terminating')
    const gone = (object: { metadata: { uid: string } } | undefined) => object?.metadata.uid !== uid
    expect(await waitFor(api, `${pods}/web`, gone, { timeoutMs: 30_000 })).toBe(true)
    expect(await deleteObject(api, `${pods}/web`, { uid })).toBe('gone')
  })
})

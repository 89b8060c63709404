import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readBundle } from '../../../src/bundle/read.ts'
import { findRun } from '../../../src/change/find-run.ts'
import { undoRun } from '../../../src/change/runs.ts'
import { status } from '../../../src/change/status.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { CollectReport } from '../../../src/evidence/request.ts'
import { planVolatile } from '../../../src/evidence/volatile/plan.ts'
import type { OwnedSocket, ProcessRow } from '../../../src/evidence/volatile/processes.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Bench, connectTo, engineOn } from '../change/harness.ts'
import { apply, image, kubectl, namespace, podOf, rawPod, ready, restricted } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'
import { runCollect } from './kill-trial.ts'
import { haunt, intruded, secret } from './live-scene.ts'

type Files = Awaited<ReturnType<typeof filesOf>>

describeWithCluster('node', 'live facts', (cluster) => {
  let api: Cluster
  let engine: Bench
  beforeAll(async () => {
    api = await connectTo(cluster().kubeconfig)
    engine = await engineOn(api)
    await apply(cluster(), namespace('live'), namespace('strict', 'restricted'), namespace('closed'))
    await apply(
      cluster(),
      intruded('live', 'web'),
      podOf('live', 'calm'),
      podOf('live', 'node-wide', {}, { hostPID: true }),
      podOf('live', 'shared', {}, { shareProcessNamespace: true }),
      podOf('strict', 'calm', restricted),
      podOf('closed', 'calm'),
    )
    await ready(cluster(), 'live', 'web', 'calm', 'node-wide', 'shared')
    await ready(cluster(), 'strict', 'calm')
    await ready(cluster(), 'closed', 'calm')
  })

  const added = async (space: string, name: string) =>
    ((await rawPod(api, space, name))['spec'] as { ephemeralContainers?: { name: string }[] }).ephemeralContainers ?? []

  async function take(
    space: string,
    targets: string[],
    with_ = image,
  ): Promise<{ report: CollectReport; plan?: string; files: Files }> {
    const request = { targets, namespace: space, profile: 'quick' as const }
    const { volatile } = await planVolatile(engine, request, { image: with_, command: ['evidence', 'collect'] })
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, api, { ...request, volatile }, engine)
    const files = await filesOf(await sealedBundle(directory))
    return { report, files, ...(volatile.plan && { plan: volatile.plan.id }) }
  }

  const jsonOf = <T>(files: Files, end: RegExp): T[] => {
    const [, found] = [...files].find(([name]) => end.test(name)) ?? []
    return JSON.parse(found?.bytes.toString() ?? '[]') as T[]
  }

  test('what an intruder left is seen: files that are gone, what runs out of memory, whose connection it is', async () => {
    await haunt(cluster(), 'live', 'web')
    const { report, plan, files } = await take('live', ['pod/web'])
    expect(report.gaps).toEqual([])
    const processes = jsonOf<ProcessRow>(files, /\/main\/processes\.json$/)
    const byWord = (word: string) => processes.find(({ command }) => command.includes(word))
    const digest = (
      await kubectl(cluster(), 'exec', '-n', 'live', 'web', '-c', 'main', '--', 'sha256sum', '/bin/busybox')
    ).slice(0, 64)
    expect(byWord('1000001')).toMatchObject({
      executable: '/tmp/busybox (deleted)',
      deleted: true,
      sha256: digest,
      uid: 0,
      parent: 1,
    })
    expect(byWord('1000004')).toMatchObject({ executable: '/memfd:ghost (deleted)', deleted: true, sha256: digest })
    expect(byWord('sleep 1000005; :')?.command.at(-1)).toBe('\n@end\n@file net/tcp\n')
    const server = processes.find(({ pid }) => pid === 1)
    expect(server).toMatchObject({ name: 'agnhost', executable: '/agnhost', deleted: false })
    expect(server?.environment).toEqual(expect.arrayContaining(['PASSWORD', 'LINES']))
    expect(server?.files).toContainEqual({ fd: '8', target: '/tmp/open (deleted)' })
    const sockets = jsonOf<OwnedSocket>(files, /\/main\/sockets\.json$/)
    const dialling = processes.find(({ command }) => command.join(' ') === 'nc 127.0.0.1 7777')
    expect(sockets.find(({ peer, state }) => peer === '127.0.0.1:7777' && state === 'ESTABLISHED')?.owners).toEqual([
      { pid: dialling?.pid, fd: expect.stringMatching(/^\d+$/) },
    ])
    expect(sockets).toContainEqual(
      expect.objectContaining({
        protocol: 'tcp6',
        local: '[::]:8080',
        state: 'LISTEN',
        owners: [expect.objectContaining({ pid: 1 })],
      }),
    )
    // The other container, as another user.
    expect(jsonOf<ProcessRow>(files, /\/other\/processes\.json$/)).toContainEqual(
      expect.objectContaining({ uid: 1000, command: ['sleep', '1000003'], executable: '/bin/busybox' }),
    )
    for (const [name, { bytes }] of files)
      if (name.startsWith('volatile/')) expect(bytes.includes(secret), name).toBe(false)
    const folder = [...files.keys()].find((name) => name.endsWith('/main/gathered.log'))?.replace('gathered.log', '')
    expect(files.get(`${folder}proc/1/status`)?.bytes.toString()).toMatch(/^Name:\tagnhost\n[^]*\nUid:\t0\t0\t0\t0\n/)
    expect(files.get(`${folder}proc/1/mountinfo`)?.bytes.toString()).toContain(' / / rw,')
    // Nothing of ours is left in the pod: no process, no zombie.
    const left = await kubectl(cluster(), 'exec', '-n', 'live', 'web', '-c', 'main', '--', 'ps', '-o', 'comm')
    expect(left.match(/sha256sum|base64|readlink|timeout/)).toBeNull()
    const known = await status(engine, (run) => run.plan.id === plan)
    expect(known.runs).toMatchObject([{ plan, state: 'applied', drift: [], records: ['journal', 'cluster'] }])
    const undone = await undoRun(engine, await findRun(engine, plan ?? ''))
    expect(undone).toMatchObject({
      state: 'undone',
      irreversible: [{ what: expect.stringContaining('stays in the pod') }, {}],
    })
    expect(await added('live', 'web')).toHaveLength(2)
  })

  test('what was changed stands in the journal of the case, with whom, when and how it was before', async () => {
    const directory = join(scratch(), 'case')
    const request = { targets: ['pod/calm'], namespace: 'live', profile: 'quick' as const }
    const before = await rawPod(api, 'live', 'calm')
    const { volatile } = await planVolatile(engine, request, { image, command: [] })
    await collectTo(directory, api, { ...request, volatile }, engine)
    const rows: object[] = []
    for await (const { alteration } of (await sealedBundle(directory)).entries('alteration')) rows.push(alteration)
    const { uid, resourceVersion } = before['metadata'] as { uid: string; resourceVersion: string }
    const [container] = await added('live', 'calm')
    expect(rows).toEqual([
      expect.objectContaining({
        what: `ephemeral container ${container?.name} was added, to look into container main`,
        plan: volatile.plan?.id,
        state: 'applied',
        namespace: 'live',
        name: 'calm',
        uid,
        node: 'node1',
        container: container?.name,
        target: 'main',
        image,
        user: 'admin',
        before: { uid, resourceVersion },
        after: { uid, resourceVersion: expect.not.stringMatching(`^${resourceVersion}$`) },
      }),
    ])
  })

  test('Pod Security that refuses is a gap, and the next pod is looked into', async () => {
    const strict = await take('strict', ['pod/calm'])
    expect(jsonOf<ProcessRow>(strict.files, /\/main\/processes\.json$/)).toContainEqual(
      expect.objectContaining({ pid: 1, executable: '/agnhost', uid: 65_534 }),
    )
    expect(whats(strict.report)).toEqual([
      expect.stringMatching(/^processes of other users in container main of pod calm in strict/),
    ])
    // What is there from before is not let in any more, in no way.
    await kubectl(cluster(), 'label', 'namespace', 'closed', 'pod-security.kubernetes.io/enforce=restricted')
    const closed = await take('closed', ['pod/calm'])
    expect(closed.report.gaps).toEqual([
      expect.objectContaining({
        what: 'live facts of container main of pod calm in closed',
        why: expect.stringContaining('PodSecurity'),
      }),
    ])
    expect(closed.plan).toBeUndefined()
    expect(await added('closed', 'calm')).toEqual([])
  })

  test('what cannot be looked into is named; containers that share their processes are looked into once', async () => {
    const { report, files } = await take('live', ['pod/node-wide', 'pod/shared'])
    expect(report.gaps).toEqual([
      expect.objectContaining({
        what: 'live facts of pod node-wide in live',
        why: expect.stringContaining('process namespace of its node'),
      }),
    ])
    expect(await added('live', 'node-wide')).toEqual([])
    expect(await added('live', 'shared')).toHaveLength(1)
    expect(jsonOf<ProcessRow>(files, /\/shared_.*\/processes\.json$/).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['agnhost']),
    )
  })

  test('an image that cannot be had is a gap', async () => {
    const { report } = await take('live', ['pod/calm'], 'localhost/nowhere:1')
    expect(report.gaps).toEqual([
      expect.objectContaining({
        what: 'live facts of container main of pod calm in live',
        why: expect.stringMatching(/did not run: (ErrImagePull|ImagePullBackOff)/),
      }),
    ])
    expect(report.status).toBe('partial')
  })

  test('without a person or --yes nothing is written; a dry run only shows', async () => {
    const home = scratch()
    const was = await rawPod(api, 'live', 'calm')
    const words = [
      'pod/calm',
      '-n',
      'live',
      '--volatile',
      '--probe-image',
      image,
      '--profile',
      'quick',
      '--output',
      join(home, 'case'),
    ]
    expect(await runCollect(home, cluster().kubeconfig, words)).toMatchObject({
      code: 2,
      output: expect.stringContaining('nobody is there to answer'),
    })
    const shown = await runCollect(home, cluster().kubeconfig, [...words, '--dry-run=server'])
    expect(shown).toMatchObject({
      code: 0,
      output: expect.stringContaining("stays in the pod's spec until the pod is deleted"),
    })
    expect(readdirSync(home)).not.toContain('case')
    expect(await rawPod(api, 'live', 'calm')).toEqual(was)
  })

  test.for(['before a container was added', 'between two', 'while they look'])(
    'killed %s, it goes on, and adds none twice',
    async (when, { expect }) => {
      const name = `victim-${['before', 'between', 'while'].indexOf(when.split(' ')[0] ?? '')}`
      await apply(cluster(), intruded('live', name))
      await ready(cluster(), 'live', name)
      const home = scratch()
      const directory = join(home, 'case')
      const states = join(home, '.local/state/kubectl-secure')
      const journal = () => {
        const files = existsSync(states)
          ? readdirSync(states, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.jsonl'))
          : []
        return files.map((file) => readFileSync(join(states, file), 'utf8')).join('')
      }
      const count = (type: string) =>
        journal().match(new RegExp(`"type":"${type}","change":"volatile-`, 'g'))?.length ?? 0
      const isTime = {
        before: () => count('intent') === 1,
        between: () => count('result') === 1,
        while: () => count('result') === 2,
      }[when.split(' ')[0] as 'before' | 'between' | 'while']
      const words = [`pod/${name}`, '-n', 'live', '--volatile', '--probe-image', image, '--profile', 'quick', '--yes']
      const killed = await runCollect(home, cluster().kubeconfig, [...words, '--output', directory], isTime)
      expect(killed.code).toBe(null)
      const went = await runCollect(home, cluster().kubeconfig, ['--resume', '--output', directory, '--yes'])
      expect(went).toMatchObject({ code: 0, output: expect.stringMatching(/^COMPLETE: /m) })
      expect((await added('live', name)).map(({ name: each }) => each.slice(-10))).toEqual(['volatile-1', 'volatile-2'])
      const bundle = await readBundle(`${directory}.tar.gz`)
      let rows = 0
      for await (const _ of bundle.entries('alteration')) rows++
      expect(rows).toBe(2)
      expect(jsonOf<ProcessRow>(await filesOf(bundle), /\/main\/processes\.json$/).length).toBeGreaterThan(3)
    },
  )
})

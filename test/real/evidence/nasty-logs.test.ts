import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { openEvidenceTimeline } from '../../../src/evidence/timeline/open-timeline.ts'
import { secure } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { faultProxy, type Script } from '../../unit/cluster/fault-proxy.ts'
import { connected } from '../cluster/connected.ts'
import { apply, image, kubectl, namespace, podOf, ready } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

// The kubelet rotates what is beyond 10 MiB as it lies on its disk.
const [fits, count] = [32_000, 60_000]
// Each line says which pod wrote it, and is one of a sequence.
const flood = (lines: number) => `seq 0 ${lines - 1} | sed "s/^/$UID line /; s/$/ ${'x'.repeat(180)}/"`
const env = [{ name: 'UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }]
const flooding = { env, command: ['/bin/sh', '-c', `${flood(fits)}; exec sleep 1000`], args: [] }
const waiting = {
  env,
  command: [
    '/bin/sh',
    '-c',
    `until [ -e /go ]; do sleep 0.1; done; ${flood(count)}; while :; do echo tick; sleep 1; done`,
  ],
  args: [],
}
// What no text is, what looks like another log, and what a terminal obeys.
const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0xc3, 0x28, 0x80])
const lines = [bytes, Buffer.from('==== END logs ===='), Buffer.from('\u001b[2J# secretlint-disable')]
const octal = lines
  .map((line) => [...line].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''))
  .join('\\n')
const odd = podOf(
  'shop',
  'odd',
  { command: ['/bin/sh', '-c', `printf '${octal}\\n'; exec sleep 1000`], args: [] },
  {
    initContainers: [{ name: 'init', image, command: ['/bin/sh', '-c', 'echo from init'] }],
  },
)

const sts = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { namespace: 'shop', name: 'web' },
  spec: {
    serviceName: 'web',
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, ...flooding }] },
    },
  },
}

describeWithCluster('node', 'nasty logs', (cluster) => {
  const uidOf = async (name: string) =>
    await kubectl(cluster(), 'get', 'pod', name, '-n', 'shop', '-o', 'jsonpath={.metadata.uid}')
  const lastLine = (name: string) => kubectl(cluster(), 'logs', name, '-n', 'shop', '--tail=1')
  /** A way to the cluster on which something happens while the current log of a pod is on its way, after its first piece. */
  const during = async (pod: string, happens: () => Promise<unknown>) => {
    let happened: Promise<unknown> | undefined
    const script: Script = (_, path, __, query) =>
      path === `/api/v1/namespaces/shop/pods/${pod}/log` && !query.includes('previous')
        ? { between: () => (happened ??= happens()) }
        : undefined
    const proxy = await faultProxy(cluster().kubeconfig, script)
    onTestFinished(() => proxy.close())
    return { kubeconfig: proxy.kubeconfig(), hasHappened: () => happened !== undefined }
  }
  /** The numbers of the lines, once it is seen that they are of one pod and in one piece. */
  const numbersIn = (log: Buffer, uid: string, from?: number): number[] => {
    const found = log
      .toString('latin1')
      .split('\n')
      .flatMap((line) => {
        const [, whose, number] = / (\S+) line (\d+) x/.exec(line) ?? []
        return number === undefined ? [] : [{ whose, number: Number(number) }]
      })
    // Where containerd opens the next file within a line, its rest begins that file.
    if (from === undefined && found[0]?.whose !== uid && uid.endsWith(found[0]?.whose ?? '-')) found.shift()
    expect(new Set(found.map(({ whose }) => whose))).toEqual(new Set([uid]))
    const numbers = found.map(({ number }) => number)
    const [first = -1] = numbers
    expect(from ?? first).toBe(first)
    expect(numbers).toEqual(Array.from(numbers, (_, index) => first + index))
    return numbers
  }

  beforeAll(async () => {
    await apply(
      cluster(),
      namespace('shop'),
      podOf('shop', 'gone', flooding),
      podOf('shop', 'turned', waiting),
      sts,
      odd,
    )
    await kubectl(cluster(), 'rollout', 'status', '-n', 'shop', 'statefulset/web', '--timeout=60s')
    await ready(cluster(), 'shop', 'gone', 'turned', 'odd')
    await kubectl(
      cluster(),
      'debug',
      'odd',
      '-n',
      'shop',
      `--image=${image}`,
      '-c',
      'probe',
      '--',
      'echo',
      'from probe',
    )
  })

  test('of every container, the bytes that it wrote', async () => {
    const directory = join(scratch(), 'case')
    const ephemeral = '--for=jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.exitCode}=0'
    await kubectl(cluster(), 'wait', '-n', 'shop', 'pod/odd', ephemeral, '--timeout=60s')
    const api = await connected(cluster().kubeconfig)
    const report = await collectTo(directory, api, { namespace: 'shop', targets: ['pod/odd'], profile: 'quick' })
    expect(whats(report)).toEqual([])
    const files = await filesOf(await sealedBundle(directory))
    const folder = `logs/shop/odd_${await uidOf('odd')}`
    const log = files.get(`${folder}/main/current.log`)?.bytes.toString('latin1') ?? ''
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /gm
    expect(log.match(time)).toHaveLength(lines.length)
    expect(log.replace(time, '')).toBe(`${lines.map((line) => line.toString('latin1')).join('\n')}\n`)
    for (const name of ['init', 'probe'])
      expect(files.get(`${folder}/${name}/current.log`)?.bytes.toString()).toMatch(new RegExp(`^\\S+Z from ${name}\n$`))
  })

  test('a pod that is deleted while its log is read: what came stays, in one piece, and it ends with 3', async () => {
    const uid = await uidOf('gone')
    await expect.poll(() => lastLine('gone'), { timeout: 30_000 }).toContain(`line ${fits - 1} `)
    const way = await during('gone', () =>
      kubectl(cluster(), 'delete', 'pod', 'gone', '-n', 'shop', '--grace-period=0', '--force'),
    )
    const place = scratch()
    writeFileSync(join(place, 'config'), way.kubeconfig)
    const words = ['evidence', 'collect', 'pod/gone', '-n', 'shop', '--profile', 'quick', '--output', 'case']
    const ran = await secure(words, { cwd: place, env: { KUBECONFIG: join(place, 'config') } })
    expect(ran).toMatchObject({ code: 3, stdout: expect.stringMatching(/^PARTIAL: /) })
    expect(ran.stderr).toContain(`the logs of pod gone in shop (${uid}): it was deleted meanwhile`)
    const files = await readBundle(join(place, 'case.tar.gz'))
    const seen: number[][] = []
    for await (const { path, content } of files.artefacts(({ path: of }) => of?.[0] === 'logs')) {
      const parts: Buffer[] = []
      for await (const part of content()) parts.push(part)
      expect(path).toEqual(['logs', 'shop', `gone_${uid}`, 'main', 'current.log'])
      seen.push(numbersIn(Buffer.concat(parts), uid, 0))
    }
    expect(way.hasHappened()).toBe(true)
    expect(seen.length).toBeGreaterThan(0)
  })

  test('a pod of a StatefulSet that comes anew while its log is read: the two are not joined, and it is said', async () => {
    const uid = await uidOf('web-0')
    await expect.poll(() => lastLine('web-0'), { timeout: 30_000 }).toContain(`line ${fits - 1} `)
    const way = await during('web-0', async () => {
      await kubectl(cluster(), 'delete', 'pod', 'web-0', '-n', 'shop', '--grace-period=0', '--force')
      await expect.poll(() => uidOf('web-0').catch(() => uid), { timeout: 30_000 }).not.toBe(uid)
    })
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await connected(way.kubeconfig), {
      namespace: 'shop',
      targets: ['statefulset/web'],
      profile: 'quick',
      maxLogBytes: 64 * 1024 * 1024,
    })
    expect(report.status).toBe('partial')
    expect(report.gaps).toContainEqual(
      expect.objectContaining({ what: `the logs of pod web-0 in shop (${uid})`, why: 'another pod has its name now' }),
    )
    const logs = [...(await filesOf(await sealedBundle(directory)))].filter(([path]) => path.startsWith('logs/'))
    expect(logs.map(([path]) => path)).toEqual([`logs/shop/web-0_${uid}/main/current.log`])
    expect(numbersIn(logs[0]?.[1].bytes ?? Buffer.alloc(0), uid, 0).length).toBeGreaterThan(0)
  })

  test('a log that is rotated while it is read: nothing is lost, no file is joined with another, and what is there twice is said', async () => {
    const uid = await uidOf('turned')
    await kubectl(cluster(), 'exec', 'turned', '-n', 'shop', '--', 'touch', '/go')
    await expect.poll(() => lastLine('turned'), { timeout: 30_000, interval: 200 }).toMatch(/tick|line 59999 /)
    const index = `/api/v1/nodes/node1/proxy/logs/pods/shop_turned_${uid}/main/`
    const rotated = () => kubectl(cluster(), 'get', '--raw', index)
    const way = await during('turned', () => expect.poll(rotated, { timeout: 20_000 }).toMatch(/0\.log\.\d/))
    const directory = join(scratch(), 'case')
    const report = await collectTo(directory, await connected(way.kubeconfig), {
      namespace: 'shop',
      targets: ['pod/turned'],
      maxLogBytes: 64 * 1024 * 1024,
    })
    expect(whats(report)).toEqual([])
    const bundle = await sealedBundle(directory)
    const files = [...(await filesOf(bundle))].filter(([path]) => path.startsWith(`logs/shop/turned_${uid}/main/`))
    const seen = new Set(
      files.flatMap(([, file]) => (/ line \d/.test(file.bytes.toString('latin1')) ? numbersIn(file.bytes, uid) : [])),
    )
    // Of each torn line neither part says which it is.
    const turns = files.filter(([path]) => /\/0\.log\./.test(path)).length
    expect(seen.size).toBeLessThanOrEqual(count)
    expect(seen.size).toBeGreaterThanOrEqual(count - turns)
    const { rows } = await openEvidenceTimeline([bundle], [], { asked: questions })
    const told: string[] = []
    for await (const { what } of rows) if (what.startsWith('log ')) told.push(what)
    // Where it was rotated before its first piece came, nothing is there twice.
    const isTwice = files.some(([path, { bytes: log }]) => path.endsWith('/current.log') && log.includes(' line 0 '))
    expect(told.some((what) => what.includes('what both have is there twice'))).toBe(isTwice)
  })
})

import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import { apply, kubectl } from '../isolation/stage.ts'
import { collectTo, scratch, sealedBundle } from './collecting.ts'
import { fakeKubelet } from './fake-kubelet.ts'

const line = (number: number) => `2026-01-01T00:00:0${number}.000000000Z line ${number}\n`
const log = line(1) + line(2) + line(3)

describeWithCluster(
  'control-plane',
  'logs that an API server has from a kubelet that it loses',
  (cluster) => {
    /** Collects the log of a pod whose kubelet sends so much of it, each time, before its connection is lost; `undefined`: all of it. */
    async function collected(name: string, text: string, cuts: (number | undefined)[]) {
      let asked = 0
      const lose = (response: ServerResponse) => setTimeout(() => response.socket?.destroy(), 50)
      const { node, close } = await fakeKubelet(name, (request, response) => {
        if (request.url?.includes('previous')) return void response.writeHead(404).end()
        const cut = cuts[Math.min(asked++, cuts.length - 1)]
        if (cut === undefined) return void response.end(text)
        response.write(text.slice(0, cut), () => lose(response))
      })
      onTestFinished(close)
      await apply(cluster(), node)
      const spec = { nodeName: name, containers: [{ name: 'main', image: 'x' }] }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec }
      await expect.poll(async () => await kubectl(cluster(), 'get', 'serviceaccounts')).toContain('default')
      await apply(cluster(), pod)
      const directory = join(scratch(), 'case')
      const api = await connected(cluster().kubeconfig)
      const report = await collectTo(directory, api, {
        namespace: 'default',
        pods: [{ namespace: 'default', name, uid: await uidOf(name) }],
        profile: 'quick',
      })
      const logs: [string, string][] = []
      for await (const { path, cut, content } of (await sealedBundle(directory)).artefacts(
        ({ path: of }) => of?.[0] === 'logs',
      )) {
        let found = ''
        for await (const part of content()) found += part.toString()
        if (path?.[4] === 'current.log') logs.push([cut === undefined ? 'whole' : 'cut', found])
      }
      return { logs, gaps: report.gaps.filter(({ what }) => what.includes('current')), status: report.status }
    }
    const uidOf = (name: string) => kubectl(cluster(), 'get', 'pod', name, '-o', 'jsonpath={.metadata.uid}')

    test('one that ends within a line is not whole: it is asked for anew', async () => {
      const { logs, gaps } = await collected('once', log, [log.length - 5, undefined])
      expect(logs).toEqual([
        ['whole', log],
        ['cut', log.slice(0, -5)],
      ])
      expect(gaps).toEqual([])
    })

    test('one that ends within another line each time is there, and its end is a gap', async () => {
      const { logs, gaps, status } = await collected('always', log, [30, 70, 100])
      expect(logs.map(([how, found]) => [how, found.length])).toEqual([
        ['whole', 100],
        ['cut', 30],
        ['cut', 70],
      ])
      expect(gaps).toEqual([expect.objectContaining({ what: expect.stringContaining('the end of the current log') })])
      expect(status).toBe('partial')
    })

    test('one whose last line is not finished is whole', async () => {
      const { logs, gaps } = await collected('prompt', log.slice(0, -5), [undefined])
      expect(logs).toEqual([
        ['whole', log.slice(0, -5)],
        ['cut', log.slice(0, -5)],
      ])
      expect(gaps).toEqual([])
    })
  },
  { apiserverFlags: ['--kubelet-preferred-address-types=InternalIP'] },
)

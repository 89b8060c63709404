import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readBundle } from '../../../src/bundle/read.ts'
import { liveSecrets } from '../../../src/redact/live-cluster.ts'
import { redactBundle } from '../../../src/redact/redact-bundle.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { leaks } from '../../unit/redact/encodings.ts'
import { connected } from '../cluster/connected.ts'
import { collectTo, filesOf, scratch, sealedBundle } from '../evidence/collecting.ts'
import { apply, kubectl, namespace, podOf, ready, until } from '../isolation/stage.ts'
import { canOf, type Question, reachOf, whatCanOf, whoCanOf } from '../snapshot/same.ts'

const value = 'plain looking value 77'
const token = 'exec-T0ken-Zq7-987654'
const inline = 'inline-t0ken-Zq7abc'
const print =
  'echo it is $V; echo -n "x$V" | base64; echo -n $V | od -An -tx1 | tr -d " \\n"; echo; echo "{\\"a\\":\\"$V\\"}"; echo token of mine $J; sleep 3600'

describeWithCluster('node', 'redacted evidence', (cluster) => {
  test('a Secret in the environment, printed to a log, and in the URI of an exec: nowhere afterwards, and every answer is the same', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'shop', name: 'db' },
      stringData: { value, short: 'abc' },
    }
    await apply(cluster(), namespace('shop'))
    await until(
      'the service account',
      async () => (await cluster().exec(['kubectl', 'get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0,
    )
    const jwt = (await kubectl(cluster(), 'create', 'token', 'default', '-n', 'shop')).trim()
    const env = [
      { name: 'V', valueFrom: { secretKeyRef: { name: 'db', key: 'value' } } },
      { name: 'API_TOKEN', value: inline },
      { name: 'J', value: jwt },
    ]
    await apply(cluster(), secret, podOf('shop', 'web', { args: undefined, env, command: ['sh', '-c', print] }))
    await ready(cluster(), 'shop', 'web')
    await kubectl(cluster(), 'exec', '-n', 'shop', 'web', '--', 'sh', '-c', `echo login --token=${token} > /dev/null`)
    await until('the exec in the audit log', async () =>
      readFileSync(cluster().auditLog, 'utf8').includes('exec-T0ken'),
    )

    const api = await connected(cluster().kubeconfig)
    const dir = join(scratch(), 'case')
    await collectTo(dir, api, { all: true, profile: 'full', auditLogs: [cluster().auditLog] })
    const parent = await sealedBundle(dir)
    const live = await liveSecrets(api, (parent.head['cluster'] as { id?: unknown }).id)
    await expect(liveSecrets(api, 'another')).rejects.toMatchObject({ code: 'usage' })
    expect(live.notSearched).toContainEqual({
      namespace: 'shop',
      name: 'db',
      key: 'short',
      why: 'it is shorter than 8 bytes',
    })
    const out = join(scratch(), 'out')
    const request = {
      directory: out,
      profile: 'secrets' as const,
      key: createSecretKey(Buffer.alloc(32, 3)),
      keyId: 'k',
      sha256: null,
      tool: { name: 'x', version: '0' },
    }
    const report = await redactBundle(parent, { ...request, live })
    expect(report).toMatchObject({ complete: true, leftOut: [] })
    const derived = await sealedBundle(out)

    const [before, after] = [await filesOf(parent), await filesOf(derived)]
    const canaries = [value, token, inline, jwt.split('.')[2] ?? jwt]
    for (const canary of canaries) {
      const text = [...before.values()].map(({ bytes }) => bytes.toString('latin1')).join('\n')
      expect(text.includes(canary), canary).toBe(true)
      for (const [path, { bytes }] of after)
        expect(leaks(bytes.toString('latin1'), canary), `${canary} in ${path}`).toBe(false)
      expect(gunzipSync(readFileSync(`${out}.tar.gz`)).toString('latin1')).not.toContain(canary)
    }
    expect(report.live?.found).toMatchObject([
      { namespace: 'shop', name: 'db', key: 'value', files: [expect.stringContaining('/logs/shop/web_')] },
    ])
    expect([...after.values()].map(({ bytes }) => bytes.toString()).join('')).toMatch(
      /‹jwt:[0-9A-F]{16} sub=system:serviceaccount:shop:default iss=\S+ exp=\d+ jti=[\w-]+›/,
    )

    // All that is not masked is as it was.
    for (const [path, { bytes }] of after) {
      const was = before.get(path)?.bytes.toString('latin1') ?? ''
      let at = 0
      for (const part of bytes.toString('latin1').split(/\xe2\x80\xb9[^\xe2]*\xe2\x80\xba/)) {
        const found = was.indexOf(part, at)
        expect(found, `${path}: ${part.slice(0, 200)}`).toBeGreaterThanOrEqual(at)
        at = found + part.length
      }
      expect(was.length).toBeGreaterThanOrEqual(at)
    }
    const questions = [
      whoCanOf('get', 'secrets'),
      whatCanOf('sa:kube-system/coredns'),
      canOf('sa:shop/default', 'get', 'pods', 'shop'),
      reachOf({}),
    ]
    for (const ask of questions) {
      const [of, from] = [await answerOf(ask, `${dir}.tar.gz`), await answerOf(ask, `${out}.tar.gz`)]
      expect(from).toEqual(of)
    }
    expect((await readBundle(`${out}.tar.gz`)).head).toMatchObject({
      redaction: { parent: { journalHead: parent.journalHead } },
    })
  })
})

// What it is an answer of, and from where, differs by name alone.
async function answerOf(ask: Question, path: string): Promise<unknown> {
  const answer = JSON.stringify(await ask({ snapshot: [path] }, {}))
  return JSON.parse(
    answer.replaceAll(path, 'bundle').replace('of the case case-redacted,', 'of the case case,'),
  ) as unknown
}

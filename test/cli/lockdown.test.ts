import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LockdownReport } from '../../src/lockdown/report.ts'
import type { LockdownStatusReport } from '../../src/lockdown/status.ts'
import { describeWithCluster } from '../cluster/suite.ts'
import { folder, root, secure } from './run.ts'

const market = join(root, 'examples', 'market.yaml')
const parse = (text: string) => JSON.parse(text) as LockdownReport

const deployment = (namespace: string, name: string, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'x', ...container }] },
    },
  },
})
const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

describe('lockdown of files', () => {
  it('writes manifests for Git, the same each time', async () => {
    const [one, other] = [join(folder(), 'a'), join(folder(), 'b')]
    const words = ['lockdown', 'market', '--force', '--level', 'restricted', '--snapshot', market, '--emit']
    const ran = await secure([...words, one, '-o', 'json'])
    expect(ran).toMatchObject({ code: 1 })
    await secure([...words, other])
    const files = readdirSync(one, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
    for (const file of files)
      expect(readFileSync(join(one, file), 'utf8')).toBe(readFileSync(join(other, file), 'utf8'))
    const { resources } = load(readFileSync(join(one, 'kustomization.yaml'), 'utf8')) as { resources: string[] }
    expect(resources).toEqual(files.filter((file) => file !== 'kustomization.yaml').toSorted())
    expect(resources).toContain('market/networkpolicy-lockdown-default.yaml')
    expect(resources.map((file) => readFileSync(join(one, file), 'utf8')).join('')).not.toContain(
      'kubectl-secure.github.io/plan',
    )
    const [namespace] = parse(ran.stdout).namespaces
    expect(namespace?.breaks.map(({ text }) => text)).toContainEqual(expect.stringContaining('privileged'))
  })

  it('what it has written lets through what it was made of, and nothing of it breaks the second time', async () => {
    const shop = list(
      deployment('shop', 'web', { env: [{ name: 'API', value: 'http://api' }] }),
      deployment('shop', 'api'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'shop', name: 'api' },
        spec: { selector: { app: 'api' }, ports: [{ port: 80 }] },
      },
    )
    const files = folder({ 'shop.json': shop })
    const words = ['lockdown', 'shop', '--only', 'network', '--level', 'restricted', '--snapshot', files]
    const first = await secure([...words, '--emit', join(files, 'policies'), '-o', 'json'])
    const names = readdirSync(join(files, 'policies', 'shop'))
    expect(names).toEqual([
      'networkpolicy-lockdown-default.yaml',
      'networkpolicy-lockdown-deployment-api.yaml',
      'networkpolicy-lockdown-deployment-web.yaml',
    ])
    expect(parse(first.stdout).namespaces[0]?.breaks.map(({ text }) => text)).toEqual([expect.stringContaining('DNS')])
    const again = await secure([...words, '--emit', join(files, 'again'), '-o', 'json'])
    expect(parse(again.stdout).namespaces[0]?.breaks).toEqual([])
    for (const name of names) {
      const [one, other] = ['policies', 'again'].map((at) => readFileSync(join(files, at, 'shop', name), 'utf8'))
      expect(one).toBe(other)
    }
  })

  it.each(['null', '1e3', 'true'])('a namespace called %s stays a string', async (name) => {
    const files = folder({ 'all.json': list(deployment(name, name)) })
    const out = join(folder(), 'out')
    const ran = await secure(['lockdown', name, '--snapshot', files, '--emit', out, '-o', 'json'])
    expect(ran.stderr).not.toContain('error:')
    expect(parse(ran.stdout).namespaces.map(({ namespace }) => namespace)).toEqual([name])
    const { resources } = load(readFileSync(join(out, 'kustomization.yaml'), 'utf8')) as { resources: string[] }
    for (const file of resources) {
      const { metadata } = load(readFileSync(join(out, file), 'utf8')) as { metadata: Record<string, unknown> }
      expect([metadata['namespace'], metadata['name']]).toContain(name)
    }
  })

  it('says by its exit code whether something would break, or is not known', async () => {
    const plain = folder({ 'a.json': list(deployment('shop', 'web')) })
    const bad = folder({ 'a.json': list(deployment('shop', 'web', { securityContext: { privileged: true } })) })
    const half = folder({ 'a.json': list(deployment('shop', 'web')), 'b.yaml': 'a: [' })
    const code = async (files: string, ...words: string[]) =>
      (await secure(['lockdown', 'shop', '--snapshot', files, ...words])).code
    expect(await code(plain, '--only', 'pods')).toBe(0)
    expect(await code(bad, '--only', 'pods', '--level', 'restricted')).toBe(1)
    expect(await code(half, '--only', 'pods')).toBe(3)
    expect((await secure(['lockdown', '--snapshot', plain])).code).toBe(2)
    expect((await secure(['lockdown', 'nobody', '--snapshot', plain])).code).toBe(4)
    expect(await code(plain, '--only', 'everything')).toBe(2)
    expect(await code(plain, '--allow', 'nonsense')).toBe(2)
    const nobody = await secure(['lockdown', 'shop', '--snapshot', plain, '--allow', 'from=ns:*'])
    expect(nobody).toMatchObject({ code: 2, stdout: '' })
    expect(nobody.stderr).toContain('--allow from=ns:*: "*" is not the name of a namespace')
  })

  it('names the parts that the level touches, and refuses others that were asked for', async () => {
    const files = folder({ 'a.json': list(deployment('shop', 'web')) })
    const of = async (...words: string[]) =>
      await secure(['lockdown', 'shop', '--snapshot', files, '-o', 'json', ...words])
    expect(parse((await of()).stdout).parts).toEqual(['network', 'pods'])
    const tokens = await of('--only', 'network,tokens')
    expect(tokens).toMatchObject({ code: 2, stdout: '' })
    expect(tokens.stderr).toContain('level baseline does nothing to tokens')
    expect(tokens.stderr).toContain('--level restricted or quarantine')
    expect((await of('--level', 'restricted', '--only', 'rbac')).stderr).toContain('give --level quarantine,')
    expect(parse((await of('--level', 'restricted', '--only', 'tokens')).stdout).parts).toEqual(['tokens'])
  })

  it('says so where a selector chooses nobody', async () => {
    const files = folder({ 'a.json': list(deployment('shop', 'web')) })
    const of = async (selector: string) => await secure(['lockdown', 'shop', '--snapshot', files, '-l', selector])
    expect((await of('app=nope')).stderr).toContain('no pod and no workload of namespace shop has the labels')
    expect((await of('app=web')).stderr).not.toContain('no pod and no workload')
  })

  it('names the flag of a time that is none', async () => {
    const { code, stderr } = await secure(['lockdown', 'shop', '--watch', '5x'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--watch "5x"') as string })
  })

  it('writes patches that let workloads pass', async () => {
    const files = folder({ 'a.json': list(deployment('shop', 'web')) })
    const out = join(folder(), 'patches')
    await secure(['lockdown', 'shop', '--level', 'restricted', '--snapshot', files, '--emit-patches', out])
    expect(readdirSync(join(out, 'shop'))).toEqual(['deployment-web.json', 'deployment-web.yaml', 'kustomization.yaml'])
  })

  it('refuses kube-system, and a namespace with the records', async () => {
    const files = folder({ 'a.json': list(deployment('kube-system', 'web'), deployment('kubectl-secure', 'web')) })
    const of = async (...words: string[]) => await secure(['lockdown', ...words, '--snapshot', files])
    expect(await of('kube-system')).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string })
    expect(await of('kubectl-secure', '--force')).toMatchObject({ code: 2 })
  })
})

describeWithCluster('control-plane', 'lockdown by the command line', (cluster) => {
  const names = ['shop', 'null', '1e3', 'true']
  const kubectl = async (...argv: string[]) => {
    const { code, stdout, stderr } = await cluster().exec(['kubectl', ...argv])
    if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  const env = () => ({ KUBECONFIG: cluster().kubeconfig, XDG_STATE_HOME: state })
  const state = folder()
  const made = async () =>
    await kubectl('get', 'networkpolicies,resourcequotas,limitranges,secrets', '-A', '-o', 'name')

  beforeAll(async () => {
    for (const name of names) await kubectl('create', 'namespace', name)
    const input = list(...names.map((name) => deployment(name, 'web')))
    const { code, stderr } = await cluster().exec(['kubectl', 'create', '-f', '-'], { input })
    if (code !== 0) throw new Error(stderr)
  })

  it('--dry-run=server shows all and writes nothing; without a terminal nothing is written either', async () => {
    const before = await made()
    const dry = await secure(['lockdown', ...names, '--level', 'restricted', '--dry-run=server'], { env: env() })
    expect(dry.code).toBe(1)
    for (const part of ['+  name: kubectl-secure-', 'would break:', 'What Pod Security has', 'Deployment null/web'])
      expect(dry.stdout).toContain(part)
    const unasked = await secure(['lockdown', ...names], { env: env() })
    expect(unasked).toMatchObject({ code: 2, stdout: '' })
    expect(await made()).toBe(before)
    expect(existsSync(join(state, 'kubectl-secure'))).toBe(false)
  })

  it('several namespaces are one plan: closed, listed, and opened again', async () => {
    const before = await made()
    const ran = await secure(
      ['lockdown', ...names, '--level', 'restricted', '--yes', '--incident', 'INC-6', '-o', 'json'],
      {
        env: env(),
      },
    )
    // Without a kubelet no canary runs: nothing is claimed.
    expect(ran.code).toBe(3)
    const report = parse(ran.stdout)
    expect(report).toMatchObject({
      kind: 'LockdownReport',
      verdict: 'UNKNOWN',
      level: 'restricted',
      run: { state: 'applied' },
    })
    for (const name of names) {
      expect(await kubectl('get', 'networkpolicies,resourcequotas,limitranges', '-n', name, '-o', 'name')).toContain(
        'networkpolicy',
      )
      expect(await kubectl('get', 'namespace', name, '-o', 'jsonpath={.metadata.labels}')).toContain('"restricted"')
    }
    expect(await kubectl('get', 'pods', '-A', '-l', 'kubectl-secure.github.io/plan', '-o', 'name')).toBe('')

    const status = await secure(['lockdown', '--status', '-o', 'json'], { env: env() })
    expect(status.code).toBe(0)
    const { namespaces } = JSON.parse(status.stdout) as LockdownStatusReport
    expect(namespaces.map(({ namespace, runs }) => [namespace, runs[0]?.level])).toEqual(
      names.toSorted().map((name) => [name, 'restricted']),
    )
    await kubectl('label', 'namespace', 'shop', 'pod-security.kubernetes.io/enforce=privileged', '--overwrite')
    expect((await secure(['lockdown', '--status', 'shop'], { env: env() })).code).toBe(1)
    await kubectl('label', 'namespace', 'shop', 'pod-security.kubernetes.io/enforce=restricted', '--overwrite')
    expect((await secure(['lockdown', '--status', 'default'], { env: env() })).code).toBe(1)

    expect((await secure(['undo', 'INC-6', '--yes'], { env: env() })).code).toBe(0)
    expect(await made()).toBe(before)
    expect((await secure(['lockdown', '--status'], { env: env() })).stdout).not.toContain('restricted')
  }, 120_000)

  it('a namespace that is not there, and one it rests on', async () => {
    expect((await secure(['lockdown', 'nowhere', '--yes'], { env: env() })).code).toBe(4)
    expect(await secure(['lockdown', 'kube-system', '--yes'], { env: env() })).toMatchObject({ code: 2 })
  })
})

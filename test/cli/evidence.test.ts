import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithCluster } from '../cluster/suite.ts'
import { killTrial, runCollect, wholeOf } from '../real/evidence/kill-trial.ts'
import { faultProxy } from '../unit/cluster/fault-proxy.ts'
import { folder, secure } from './run.ts'

describeWithCluster('control-plane', 'evidence by the command line', (cluster) => {
  const env = () => ({ KUBECONFIG: cluster().kubeconfig })
  const sealedIn = (stdout: string) => /^sealed: (.*)$/m.exec(stdout)?.[1] ?? ''

  test('collected, verified and shown', async () => {
    const cwd = folder()
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(cwd, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(cwd, 'key.pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    const made = await secure(['evidence', 'collect', '--incident', 'INC-42', '--sign', 'key.pem'], { env: env(), cwd })
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^COMPLETE: /) })
    const file = sealedIn(made.stdout)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(file.replace(/\.tar\.gz$/, '')).mode & 0o777).toBe(0o700)
    const checked = await secure(['evidence', 'verify', file, '--public-key', 'key.pub.pem'], { cwd })
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('signature: valid') })
    const tree = await secure(['evidence', 'show', file], { cwd })
    expect(tree.stdout).toContain('raw/_core/v1/namespaces/_cluster/0001.json')
    const cat = await secure(['evidence', 'show', file, 'cat', 'raw/_core/v1/namespaces/_cluster/0001.json'], { cwd })
    expect(JSON.parse(cat.stdout)).toMatchObject({ kind: 'NamespaceList' })
    const grep = await secure(['evidence', 'show', file, 'grep', '"name":"kube-syste[m]"'], { cwd })
    expect(grep.stdout).toMatch(/^raw\/_core\/v1\/namespaces\/_cluster\/0001\.json:1: /m)
    expect(await secure(['evidence', 'show', file, 'grep', 'nowhere-to-be-found'], { cwd })).toMatchObject({
      code: 1,
      stdout: '',
    })
    expect(await secure(['evidence', 'show', file, 'logs', 'x'], { cwd })).toMatchObject({ code: 2 })
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(join(cwd, 'bad.tar.gz'), bytes)
    expect(await secure(['evidence', 'verify', 'bad.tar.gz'], { cwd })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('DAMAGED'),
    })
  })

  test('words that cannot be used are refused before anything is asked', async () => {
    const code = async (...words: string[]) => (await secure(['evidence', 'collect', ...words], { env: env() })).code
    expect(await code('pod')).toBe(2)
    expect(await code('--profile', 'quick')).toBe(2)
    expect(await code('--since', 'yesterday')).toBe(2)
    expect(await code('--max-log-bytes', '1X')).toBe(2)
    expect(await code('--resume')).toBe(2)
    expect(await code('--encrypt-to', 'nobody')).toBe(2)
    expect(await code('--sign', '/nonexistent')).toBe(2)
    expect(await code('--volatile')).toBe(2)
    expect(await code('--volatile', '--resume', '--output', 'x')).toBe(2)
    expect(await code('--dry-run=server')).toBe(2)
    expect(await code('pod/x', '--profile', 'quick', '--audit-log', 'node:')).toBe(2)
  })

  const slow = async () => {
    const proxy = await faultProxy(cluster().kubeconfig, (_, path) =>
      path === '/api/v1/services' ? { delayMs: 20_000 } : undefined,
    )
    onTestFinished(() => proxy.close())
    const cwd = folder({ config: proxy.kubeconfig() })
    const journal = join(cwd, 'case/custody/journal.jsonl')
    const isUnderWay = () =>
      existsSync(journal) && readFileSync(journal, 'utf8').includes('clusterrolebindings/_cluster/0001.json"')
    return { cwd, isUnderWay, env: { KUBECONFIG: join(cwd, 'config') } }
  }
  const words = ['evidence', 'collect', '--output', 'case']

  test('Ctrl-C: what there is is sealed as partial', async () => {
    const { cwd, isUnderWay, env: slowly } = await slow()
    const interrupt = async (pid: number) => {
      while (!isUnderWay()) await sleep(10)
      process.kill(pid, 'SIGINT')
    }
    const ran = await secure(words, { env: slowly, cwd, onStart: (pid) => void interrupt(pid) })
    expect(ran).toMatchObject({ code: 3, stdout: expect.stringMatching(/^PARTIAL: /) })
    expect(ran.stderr).toContain('interrupted')
    // Warnings name ten gaps, in the order in which the requests end: only the journal has every one.
    expect(readFileSync(join(cwd, 'case/custody/journal.jsonl'), 'utf8')).toContain('list services')
    expect(await secure(['evidence', 'verify', 'case.tar.gz'], { cwd })).toMatchObject({ code: 0 })
  })

  test('Ctrl-C twice: it stops, and nothing looks as if it were sealed', async () => {
    const { cwd, isUnderWay, env: slowly } = await slow()
    // Two that come together are one: the second waits until the first was heard.
    let stop = () => {}
    const interrupt = async (pid: number) => {
      while (!isUnderWay()) await sleep(10)
      process.kill(pid, 'SIGINT')
      stop = () => process.kill(pid, 'SIGINT')
    }
    const onStderr = (text: string) => {
      if (!text.includes('Ctrl-C again')) return
      stop()
      stop = () => {}
    }
    const ran = await secure(words, { env: slowly, cwd, onStart: (pid) => void interrupt(pid), onStderr })
    expect(ran).toMatchObject({ code: 130 })
    expect(existsSync(join(cwd, 'case.tar.gz'))).toBe(false)
    expect(await secure(['evidence', 'seal', 'case'], { cwd })).toMatchObject({ code: 0 })
    expect(await secure(['evidence', 'verify', 'case.tar.gz'], { cwd })).toMatchObject({ code: 0 })
  })

  test('killed anywhere it goes on, and has the same', async () => {
    const home = folder()
    expect(await runCollect(home, cluster().kubeconfig, ['--output', join(home, 'whole')])).toMatchObject({ code: 0 })
    const wanted = await wholeOf(join(home, 'whole.tar.gz'))
    const bytes = statSync(join(home, 'whole/custody/journal.jsonl')).size
    for (const at of [1, bytes * 0.1, bytes * 0.4, bytes * 0.7, -1]) {
      const place = join(home, `at-${Math.round(at)}`)
      mkdirSync(place)
      expect(await killTrial(place, cluster().kubeconfig, at, wanted)).toEqual([])
    }
  })
})

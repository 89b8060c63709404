import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { describeWithCluster } from '../cluster/suite.ts'
import { binary, cleanEnv, folder, secure } from './run.ts'

const identity = await generateX25519Identity()
const recipient = await identityToRecipient(identity)
const words = ['evidence', 'collect', '--output', '-']

describeWithCluster('control-plane', 'evidence to a pipe', (cluster) => {
  // What was written to the pipe; with `enough` the reader goes after so many bytes.
  const piped = async (temporary: string, { kubeconfig = cluster().kubeconfig, enough = Infinity } = {}) => {
    const child = spawn(process.execPath, [binary, ...words, '--encrypt-to', recipient], {
      env: { ...cleanEnv(folder(), { KUBECONFIG: kubeconfig }), TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const parts: Buffer[] = []
    let stderr = ''
    if (enough === 0) child.stdout.destroy()
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, stderr, bytes: Buffer.concat(parts) }
  }

  test('the sealed bundle is what was written, its digest is told, and nothing is left behind', async () => {
    const [temporary, cwd] = [folder(), folder({ identity })]
    const { code, stderr, bytes } = await piped(temporary)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('COMPLETE: ') })
    const digest = createHash('sha256').update(bytes).digest('hex')
    expect(stderr).toContain(`SHA-256: ${digest}`)
    const head = /^journal head: (.*)$/m.exec(stderr)?.[1]
    writeFileSync(join(cwd, 'case.tar.gz.age'), bytes)
    const verify = ['evidence', 'verify', 'case.tar.gz.age', '--identity', 'identity', '--digest', digest, '-o', 'json']
    const checked = await secure(verify, { cwd })
    expect(JSON.parse(checked.stdout)).toMatchObject({ isIntact: true, journalHead: head })
    expect(readdirSync(temporary)).toEqual([])
  })

  test('a reader that goes too early: nothing is lost', async () => {
    const { code, stderr } = await piped(folder(), { enough: 0 })
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(/^error: .*EPIPE/m) })
    const directory = /the case is in (\S+), not encrypted/.exec(stderr)?.[1] ?? ''
    expect(await secure(['evidence', 'seal', directory])).toMatchObject({ code: 0 })
    expect(await secure(['evidence', 'verify', `${directory}.tar.gz`])).toMatchObject({ code: 0 })
    expect(readdirSync(dirname(directory))).toHaveLength(3)
  })

  test('a cluster that cannot be reached leaves nothing behind', async () => {
    const users = { clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }], 'current-context': 'x' }
    const kubeconfig = { ...users, contexts: [{ name: 'x', context: { cluster: 'x' } }] }
    const temporary = folder()
    const home = folder({ config: JSON.stringify(kubeconfig) })
    expect(await piped(temporary, { kubeconfig: join(home, 'config') })).toMatchObject({ code: 4 })
    expect(readdirSync(temporary)).toEqual([])
  })

  test('originals that are not encrypted are refused, and so is what a pipe cannot hold', async () => {
    const env = { KUBECONFIG: cluster().kubeconfig }
    const code = async (...more: string[]) => {
      const ran = await secure([...words, ...more], { env })
      return [ran.code, ran.stdout, /^error: (.*)$/m.exec(ran.stderr)?.[1]]
    }
    const refused = (why: string) => [2, '', expect.stringContaining(why)]
    expect(await code()).toEqual(refused('encrypted, or not at all'))
    expect(await code('--encrypt-to', recipient, '--sign', 'x')).toEqual(refused('a file of its own'))
    expect(await code('--encrypt-to', recipient, '--resume')).toEqual(refused('the directory'))
    expect(await code('--encrypt-to', 'nobody')).toEqual(refused('not a recipient'))
  })
})

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { seal } from '../../src/bundle/seal.ts'
import { bundleWith, type Raw, record, type World } from '../unit/snapshot/recorded-world.ts'
import { example, folder, secure } from './run.ts'

const group = 'rbac.authorization.k8s.io'
const rbac = (kind: string, ...items: object[]) => ({
  list: { group, version: 'v1', resource: `${kind.toLowerCase()}s` },
  kind,
  items: items as Raw[],
})
const world: World = {
  lists: [
    rbac('ClusterRole', {
      metadata: { name: 'reader' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }],
    }),
    rbac('ClusterRoleBinding', {
      metadata: { name: 'reads' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'User', name: 'eve' }],
    }),
    rbac('Role'),
    rbac('RoleBinding'),
    { list: { group: '', version: 'v1', resource: 'secrets' }, kind: 'Secret', items: [] },
    { list: { group: '', version: 'v1', resource: 'namespaces' }, kind: 'Namespace', items: [] },
  ],
  refused: new Set(),
  pageSize: 500,
}
const evidence = async () => await bundleWith(async (made) => await record(made, world))
const ask = ['who-can', 'get', 'secrets', '-A']

test('an archive, its directory and what was unpacked from it give one answer', async () => {
  const { file, directory } = await evidence()
  execFileSync('tar', ['-xzf', file, '-C', dirname(file), '--one-top-level=unpacked', '--strip-components=1'])
  const unpacked = join(dirname(file), 'unpacked')
  const answers = await Promise.all(
    [file, directory, unpacked].map(async (path) => await secure([...ask, '--snapshot', path])),
  )
  for (const { code, stdout, stderr } of answers) {
    expect({ code, stdout }).toEqual({ code: 0, stdout: answers[0]?.stdout })
    expect(stdout).toMatch(/^eve +User/m)
    expect(stderr).toContain('answered from the evidence of the case case-1, which was begun at 2025-03-04T05:06:07Z')
  }
})

test('a "no" says that nobody could ask the server', async () => {
  const { file } = await evidence()
  const { code, stderr } = await secure(['can', 'user:adam', 'get', 'secrets', '--snapshot', file])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('the API server was not asked') as string,
  })
  const yes = await secure(['can', 'user:eve', 'get', 'secrets', '--snapshot', file])
  expect({ code: yes.code, said: yes.stderr.includes('was not asked') }).toEqual({ code: 0, said: false })
  const verify = await secure([...ask, '--verify', '--snapshot', file])
  expect({ code: verify.code, stderr: verify.stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('--verify') as string,
  })
})

test('evidence stands alone', async () => {
  const { file, directory } = await evidence()
  for (const other of [example, directory]) {
    const { code, stderr, stdout } = await secure([...ask, '--snapshot', file, '--snapshot', other])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('is a bundle of evidence, and there is something else beside it')
  }
})

test('what is damaged is no answer, and names what to do', async () => {
  const { file } = await evidence()
  const bytes = readFileSync(file)
  const whole = await secure([...ask, '--snapshot', file])
  const places = Array.from({ length: 12 }, (_, at) => 30 + Math.floor(((bytes.length - 60) * at) / 12))
  let refused = 0
  for (const at of places) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 0x10
    writeFileSync(file, flipped)
    const { code, stdout, stderr } = await secure([...ask, '--snapshot', file])
    // Behind what the question needs nothing is read.
    if (code === 0) expect(stdout).toBe(whole.stdout)
    else
      expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining('evidence verify') as string })
    if (code !== 0) refused++
  }
  expect(refused).toBeGreaterThan(places.length / 2)
  writeFileSync(file, bytes.subarray(0, bytes.length / 2))
  const cut = await secure([...ask, '--snapshot', file])
  expect({ code: cut.code, stdout: cut.stdout }).toEqual({ code: 4, stdout: '' })
  const other = join(folder(), 'x.json.gz')
  writeFileSync(other, gzipSync(readFileSync(example)))
  expect((await secure([...ask, '--snapshot', other])).code).not.toBe(0)
})

test('what is encrypted is read with its identity', async () => {
  const { directory } = await evidence()
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  const { file } = await seal(directory, `${directory}-2.tar.gz`, { encryptTo: [recipient] })
  const without = await secure([...ask, '--snapshot', file])
  expect({ code: without.code, stderr: without.stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('is encrypted with age') as string,
  })
  const key = join(folder({ 'key.txt': `# created: now\n# public key: ${recipient}\n${identity}\n` }), 'key.txt')
  const { code, stdout } = await secure([...ask, '--snapshot', file, '--identity', key])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^eve +User/m)
  const { stderr } = await secure([...ask, '--snapshot', file, '--identity', example])
  expect(stderr).toContain('has no age identity')
})

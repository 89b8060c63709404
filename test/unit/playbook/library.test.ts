import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import { actions } from '../../../src/playbook/actions/index.ts'
import { openLibrary, shippedFolder } from '../../../src/playbook/library.ts'
import { validatePlaybook } from '../../../src/playbook/read.ts'
import { playbookSchema } from '../../../src/playbook/schema.ts'
import { trustedKeysFolder } from '../../../src/playbook/sign.ts'
import { starter } from '../../../src/playbook/starter.ts'
import { mistakesIn } from '../../../src/playbook/validate-file.ts'

const text = (name: string, more = '') => `apiVersion: kubectl-secure.github.io/v1
kind: Playbook
metadata: {name: ${name}, version: 1.0.0, title: Of ${name}}
inputs: {ns: {type: namespace, ask: Where?}}
steps:
  - {id: hello, type: note, text: Hello}
${more}`

function bench(shipped: Record<string, string>, own: Record<string, string>) {
  const home = mkdtempSync(join(tmpdir(), 'library-'))
  for (const [folder, files] of Object.entries({ shipped, own })) {
    mkdirSync(join(home, folder))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(home, folder, name), content)
  }
  const env = { KUBECTL_SECURE_PLAYBOOKS: join(home, 'own') }
  return { home, env, library: openLibrary({ env, home, shipped: join(home, 'shipped') }) }
}

test('the schema in docs is the one that is read by', () => {
  expect(JSON.parse(readFileSync('docs/playbook.schema.json', 'utf8'))).toEqual(playbookSchema)
})

test('a new playbook is right as it stands', async () => {
  expect((await validatePlaybook(starter('mine'), actions)).complaints).toEqual([])
})

it('finds what ships by its name alone, and believes it', async () => {
  const { library } = bench({ 'a.yaml': text('a') }, { 'b.yml': text('b') })
  expect((await library.find('a')).trust).toEqual({ by: 'shipped' })
  expect((await library.find('b')).trust).toEqual({ by: 'nobody', why: 'it is not signed' })
  expect(await library.names()).toEqual(['a', 'b'])
})

it('no file of a user takes the place of a shipped one', async () => {
  const { library, home } = bench(
    { 'a.yaml': text('a') },
    { 'a.yaml': text('a', '  - {id: more, type: note, text: x}') },
  )
  expect((await library.named('a')).path).toBe(join(home, 'shipped', 'a.yaml'))
  expect((await library.find(join(home, 'own', 'a.yaml'))).trust.by).toBe('nobody')
})

it('a signature by a trusted key is as good as shipping', async () => {
  const { library, home, env } = bench({}, { 'b.yaml': text('b') })
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  mkdirSync(trustedKeysFolder({ env, home }), { recursive: true })
  writeFileSync(join(trustedKeysFolder({ env, home }), 'team.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(home, 'own', 'b.yaml.sig'), sign(null, Buffer.from(text('b')), privateKey))
  expect((await library.find('b')).trust.by).toBe('signature')
  writeFileSync(join(home, 'own', 'b.yaml'), text('b').replace('Hello', 'Hallo'))
  expect((await library.find('b')).trust).toEqual({
    by: 'nobody',
    why: 'its signature is by no trusted key, or it was changed since',
  })
})

it('says what is not there, what is another one, and what is broken', async () => {
  const { library, home } = bench(
    { 'compromised.yaml': text('compromised') },
    { 'b.yaml': text('c'), 'bad.yaml': 'kind: [' },
  )
  await expect(library.find('comprmised')).rejects.toThrow(
    'there is no playbook "comprmised": did you mean compromised?',
  )
  await expect(library.named('b')).rejects.toThrow('its name is c')
  await expect(library.find(join(home, 'none.yaml'))).rejects.toThrow('no such file')
  expect((await library.all()).map(({ name, why }) => [name, why === undefined])).toEqual([
    ['compromised', true],
    ['b', false],
    ['bad', false],
  ])
})

it('a call is of a name, whatever is in it: never of a path', async () => {
  const { library, home } = bench({}, { 'b.yaml': text('b') })
  await expect(library.named(join(home, 'own', 'b.yaml'))).rejects.toThrow('there is no playbook')
})

it('mistakes in calls are found with their lines', async () => {
  const { library } = bench({ 'a.yaml': text('a') }, {})
  const call = (what: string) => text('b', `  - {id: go, type: call, playbook: ${what}}`)
  const whyOf = async (what: string) => (await mistakesIn(call(what), library)).map(({ line, why }) => `${line} ${why}`)
  expect(await whyOf('a, with: {ns: shop}')).toEqual([])
  expect(await whyOf('a, with: {nss: shop}')).toEqual(['7 a asks for no nss: did you mean ns?'])
  expect(await whyOf('aa')).toEqual(['7 there is no playbook "aa": did you mean a?'])
  expect(await whyOf('b')).toEqual(['7 a playbook cannot call itself'])
})

test('those that ship are right, each under its own name', async () => {
  const listed = await openLibrary({ env: {}, home: '/nonexistent' }).all()
  expect(listed.filter(({ found }) => !found)).toEqual([])
  for (const { path, name } of listed) expect([name, await mistakesIn(readFileSync(path, 'utf8'))]).toEqual([name, []])
  expect(shippedFolder.endsWith('playbooks')).toBe(true)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AttackNode } from '../../../src/attack/model.ts'
import { connect } from '../../../src/cluster/connect.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { actAs, openServer, type Server } from '../../fuzz/server.ts'
import { clusterRole, bind, rule } from '../rbac/harness.ts'
import { type Oracle, oracleOf } from '../../unit/attack/oracle.ts'
import { type Hook, openHook } from './hook.ts'
import { liveWorld } from './live-world.ts'

const group = 'admissionregistration.k8s.io'
const admin: AttackNode = { kind: 'admin' }
const secrets: AttackNode = { kind: 'any-secret', scope: '*' }
const user = (name: string): AttackNode => ({ kind: 'subject', subject: { kind: 'User', name } })
const rights = {
  mutates: rule('create', group, 'mutatingwebhookconfigurations'),
  repoints: rule('patch', group, 'mutatingwebhookconfigurations', 'theirs'),
  'repoints-nothing': rule('patch,update', group, 'mutatingwebhookconfigurations', 'nobodys'),
  validates: rule('create', group, 'validatingwebhookconfigurations'),
}

describeWithCluster('control-plane', 'webhooks of an attacker', (cluster) => {
  let server: Server | undefined
  let hook: Hook | undefined
  let says: Oracle = () => 'no'
  const send = async (method: string, path: string, body: object, as?: string, type?: string) => {
    if (!server) throw new TypeError('only inside tests')
    const headers = as === undefined ? {} : { headers: actAs(as, []) }
    return await server.send({ method, path, body, ...headers, ...(type === undefined ? {} : { type }) })
  }
  beforeAll(async () => {
    server = openServer(cluster())
    hook = await openHook(cluster())
    for (const [name, one] of Object.entries(rights)) {
      const objects = [clusterRole(name, one), bind({ kind: 'ClusterRole', name }, undefined, { kind: 'User', name })]
      for (const object of objects) await send('POST', rbac(`${object.kind.toLowerCase()}s`), object)
    }
    // Somebody else's, that does nothing.
    await send('POST', configurations('mutating'), configuration('mutating', 'theirs', hook, 'configmaps'))
    const around = { env: {}, cwd: '/', home: '/', warn: () => {}, interactive: false }
    const api = await connect({ kubeconfig: cluster().kubeconfig }, around)
    says = oracleOf(await liveWorld(api))
    api.close()
  })
  afterAll(() => {
    hook?.close()
    server?.close()
  })

  /** An administrator binds cluster-admin to somebody else; who else has everything then? */
  const afterBinding = async (name: string, attacker: string) => {
    const binding = bind({ kind: 'ClusterRole', name: 'cluster-admin' }, undefined, { kind: 'User', name: 'trusted' })
    binding.metadata.name = name
    await send('POST', rbac('clusterrolebindings'), binding)
    const attributes = { verb: 'delete', group: '', resource: 'nodes', subresource: '', namespace: '', name: '' }
    return (await server?.review({ user: attacker, groups: [] }, attributes))?.allowed
  }

  test('a new mutating one makes its author admin, once an administrator writes a binding', async () => {
    if (!hook) return
    expect(says([user('mutates')], admin)).toBe('perhaps')
    expect(await afterBinding('before', 'mutates')).toBe(false)
    hook.adds = 'mutates'
    const body = configuration('mutating', 'mine', hook, 'clusterrolebindings')
    expect((await send('POST', configurations('mutating'), body, 'mutates')).status).toBe(201)
    await expect.poll(async () => await afterBinding(crypto.randomUUID(), 'mutates'), { timeout: 20_000 }).toBe(true)
    await send('DELETE', `${configurations('mutating')}/mine`, {})
  })

  test('one that is there will do, and nothing does not', async () => {
    if (!hook) return
    const rules = [{ operations: ['CREATE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['clusterrolebindings'] }]
    const ops = [{ op: 'replace', path: '/webhooks/0/rules', value: rules }]
    const patch = async (name: string, as: string) =>
      await send('PATCH', `${configurations('mutating')}/${name}`, ops, as, 'application/json-patch+json')
    expect(says([user('repoints-nothing')], admin)).toBe('no')
    expect((await patch('nobodys', 'repoints-nothing')).status).toBe(404)
    expect(says([user('repoints')], admin)).toBe('perhaps')
    hook.adds = 'repoints'
    expect((await patch('theirs', 'repoints')).status).toBe(200)
    await expect.poll(async () => await afterBinding(crypto.randomUUID(), 'repoints'), { timeout: 20_000 }).toBe(true)
    await send('DELETE', `${configurations('mutating')}/theirs`, {})
  })

  test('a validating one reads secrets that are written, and changes nothing', async () => {
    if (!hook) return
    expect([says([user('validates')], admin), says([user('validates')], secrets)]).toEqual(['no', 'perhaps'])
    hook.adds = 'validates'
    const body = configuration('validating', 'eyes', hook, 'secrets', 'clusterrolebindings')
    expect((await send('POST', configurations('validating'), body, 'validates')).status).toBe(201)
    const { seen } = hook
    await expect
      .poll(
        async () => {
          const data = {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { generateName: 's-' },
            stringData: { key: 'hush' },
          }
          await send('POST', '/api/v1/namespaces/default/secrets', data)
          return seen.some((text) => text.includes(Buffer.from('hush').toString('base64')))
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    expect(await afterBinding('after', 'validates')).toBe(false)
  })
})

const rbac = (resource: string) => `/apis/rbac.authorization.k8s.io/v1/${resource}`
const configurations = (kind: string) => `/apis/${group}/v1/${kind}webhookconfigurations`

function configuration(
  kind: 'mutating' | 'validating',
  name: string,
  { url, ca }: Hook,
  ...resources: string[]
): object {
  const rules = [{ operations: ['CREATE'], apiGroups: ['*'], apiVersions: ['*'], resources }]
  const clientConfig = { url, caBundle: ca }
  const webhook = {
    name: `${name}.example.com`,
    clientConfig,
    rules,
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  }
  const Kind = kind === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'
  return { apiVersion: `${group}/v1`, kind: Kind, metadata: { name }, webhooks: [webhook] }
}

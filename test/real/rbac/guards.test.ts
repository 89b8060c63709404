import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { actAs, openServer } from '../../fuzz/server.ts'
import { at, bind, bob, caseSuite, clusterScoped, eve, everywhere, home, inside, real, rule } from './harness.ts'

const group = 'rbac.authorization.k8s.io'
const v1 = `${group}/v1`
const rbac = `/apis/${v1}`
const certificates = 'certificates.k8s.io'
const requestsPath = `/apis/${certificates}/v1/certificatesigningrequests`

// Items 21 to 25 and 28 of what RBAC tools get wrong: what the API server asks for beside the verb of the request.
describeWithCluster(
  'control-plane',
  'guards',
  (cluster) => {
    const { stage, given } = caseSuite(cluster)
    const asEve = async (method: string, path: string, body: object, headers = actAs('eve', [])) =>
      (await stage().server.send({ method, path, body, headers })).status
    const bindTo = (name: string, namespace?: string) => {
      const path = namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`
      const object = { apiVersion: v1, ...bind({ kind: 'ClusterRole', name }, namespace, eve), metadata: { name: 'x' } }
      return asEve('POST', `${rbac}/${path}?dryRun=All`, object)
    }

    test('21. bind and escalate alone write nothing; on names they hold for those alone, and escalate not for new roles', async () => {
      const clusterRoles = `clusterroles.${group}`
      const roles = `roles.${group}`
      const { model, reviews } = await given(
        ...everywhere(eve, rule('bind', group, 'clusterroles'), rule('escalate', group, 'roles')),
      )
      const path = `${rbac}/namespaces/${home}/roles`
      const wide = (name: string) => ({
        apiVersion: v1,
        kind: 'Role',
        metadata: { name },
        rules: [rule('*', '*', '*')],
      })
      expect(await bindTo('view', home)).toBe(403)
      expect(await asEve('POST', path, wide('x'))).toBe(403)
      expect(model.can(eve, [], real('create', `rolebindings.${group}`)).verdict).toBe('no')
      expect(model.can(eve, [], real('create', roles)).verdict).toBe('no')
      await reviews(eve, at('bind', clusterRoles, { namespace: '', name: 'view' }), true)

      await stage().clear()
      const named = await given(
        ...everywhere(
          eve,
          rule('create', group, 'rolebindings,roles'),
          rule('update', group, 'roles'),
          rule('bind', group, 'clusterroles', 'view'),
          rule('escalate', group, 'roles', 'x'),
        ),
        { kind: 'Role', metadata: { name: 'x', namespace: home }, rules: [] },
      )
      expect(await bindTo('view', home)).toBe(201)
      expect(await bindTo('cluster-admin', home)).toBe(403)
      expect(named.model.can(eve, [], { ...clusterScoped('bind', clusterRoles, 'view') }).verdict).toBe('yes')
      expect(named.model.can(eve, [], { ...clusterScoped('bind', clusterRoles, 'cluster-admin') }).verdict).toBe('no')
      expect(await asEve('POST', `${path}?dryRun=All`, wide('new'))).toBe(403)
      expect(await asEve('PUT', `${path}/x?dryRun=All`, wide('x'))).toBe(200)
      expect(named.model.can(eve, [], real('escalate', roles)).verdict).toBe('no')
      expect(named.model.can(eve, [], real('escalate', roles, { name: 'x' })).verdict).toBe('yes')
    })

    test('22. creating ClusterRoleBindings without bind passes on only what one has', async () => {
      const { model } = await given(
        ...everywhere(eve, rule('create', group, 'clusterrolebindings'), rule('get', '', 'pods')),
        ...everywhere(bob, rule('get', '', 'pods')),
      )
      expect(await bindTo('all-bob')).toBe(201)
      expect(await bindTo('cluster-admin')).toBe(403)
      expect(model.can(eve, [], clusterScoped('create', `clusterrolebindings.${group}`)).verdict).toBe('yes')
      expect(model.can(eve, [], clusterScoped('bind', `clusterroles.${group}`, 'cluster-admin')).verdict).toBe('no')
    })

    test('23. impersonation: a group needs a user with it, accounts are no users, and no RoleBinding gives users', async () => {
      const robot = `system:serviceaccount:${home}:robot`
      const { model, reviews } = await given(
        ...everywhere(eve, rule('impersonate', '', 'groups')),
        ...everywhere(bob, rule('impersonate', '', 'users')),
        ...inside(home, { kind: 'User', name: 'carol' }, rule('impersonate', '', 'users,serviceaccounts')),
      )
      const acts = async (user: string, headers: Record<string, string | string[]>) => {
        const server = openServer(cluster(), await cluster().clientCert(user))
        const { status, body } = await server.send({ method: 'GET', path: '/version', headers })
        server.close()
        return status === 200 || /impersonat/.test(body) ? status : body
      }
      expect(await acts('eve', { 'impersonate-group': 'system:masters' })).toBe(500)
      expect(await acts('eve', actAs('dave', ['system:masters']))).toBe(403)
      expect(await acts('bob', actAs('dave', []))).toBe(200)
      expect(await acts('bob', actAs('dave', ['system:masters']))).toBe(403)
      expect(await acts('bob', actAs(robot, []))).toBe(403)
      expect(await acts('carol', actAs('dave', []))).toBe(403)
      expect(await acts('carol', actAs(robot, []))).toBe(200)
      const can = (name: string, query: ReturnType<typeof real>) => model.can({ kind: 'User', name }, [], query).verdict
      expect(can('eve', clusterScoped('impersonate', 'groups', 'system:masters'))).toBe('yes')
      expect(can('eve', clusterScoped('impersonate', 'users', 'dave'))).toBe('no')
      expect(can('bob', clusterScoped('impersonate', 'users', 'dave'))).toBe('yes')
      expect(can('bob', real('impersonate', 'serviceaccounts', { name: 'robot' }))).toBe('no')
      // A review with the namespace says yes; the server asks without one.
      await reviews({ kind: 'User', name: 'carol' }, at('impersonate', 'users', { name: 'dave' }), true)
      expect(can('carol', clusterScoped('impersonate', 'users', 'dave'))).toBe('no')
      expect(can('carol', real('impersonate', 'serviceaccounts', { name: 'robot' }))).toBe('yes')
    })

    // 24. Constrained impersonation (impersonate:user-info and its kin) came as an alpha feature in 1.35: a 1.34 server has none.

    test('25. certificates: approving needs the signer, by its name or its domain with a star; masters are never signed', async () => {
      const signer = 'kubernetes.io/kube-apiserver-client'
      const write = [
        rule('update', certificates, 'certificatesigningrequests/approval'),
        rule('get,create', certificates, 'certificatesigningrequests'),
      ]
      const approver = (name: string, ...names: string[]) => {
        const rules = names.length > 0 ? [rule('approve', certificates, 'signers', ...names)] : []
        return everywhere({ kind: 'User', name }, ...write, ...rules)
      }
      const { model } = await given(
        ...approver('none'),
        ...approver('exact', signer),
        ...approver('domain', 'kubernetes.io/*'),
        ...approver('star', '*'),
        ...approver('double', '*/*'),
      )
      await signingRequest(cluster(), 'one', '/CN=x/O=kubeadm:cluster-admins')
      expect(await create('two', '/CN=x/O=system:masters')).toBe(403)
      const query = clusterScoped('approve', `signers.${certificates}`, signer)
      const expected = { none: false, exact: true, domain: true, star: false, double: false }
      for (const [name, allowed] of Object.entries(expected)) {
        const subject: Subject = { kind: 'User', name }
        expect([name, await approve(name, 'one')]).toEqual([name, allowed ? 200 : 403])
        expect([name, model.can(subject, [], query).verdict]).toEqual([name, allowed ? 'yes' : 'no'])
        const rows = model.whoCan(query).subjects.filter((row) => row.name === name)
        expect([name, rows.length]).toEqual([name, allowed ? 1 : 0])
      }
    })

    async function create(name: string, subject: string) {
      return (await signingRequest(cluster(), name, subject)).status
    }

    async function signingRequest(test: TestCluster, name: string, subject: string) {
      const dir = dirname(test.caFile)
      const file = join(dir, `${name}.request`)
      const key = join(dir, 'admin.key')
      await promisify(execFile)('openssl', ['req', '-new', '-key', key, '-subj', subject, '-out', file])
      const request = (await readFile(file)).toString('base64')
      const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] }
      const body = { apiVersion: `${certificates}/v1`, kind: 'CertificateSigningRequest', metadata: { name }, spec }
      return await stage().server.send({ method: 'POST', path: requestsPath, body })
    }

    async function approve(user: string, name: string): Promise<number> {
      const { body } = await stage().server.send({ method: 'GET', path: `${requestsPath}/${name}` })
      const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: '' }]
      const approved = { ...(JSON.parse(body) as object), status: { conditions } }
      return await asEve('PUT', `${requestsPath}/${name}/approval?dryRun=All`, approved, actAs(user, []))
    }

    test('28. a policy’s paramKind: get of every object of the kind, in the whole cluster, is asked for', async () => {
      const policies = rule('create', 'admissionregistration.k8s.io', 'validatingadmissionpolicies')
      const user = (name: string): Subject => ({ kind: 'User', name })
      const { model } = await given(
        ...everywhere(user('all'), policies, rule('get', '', 'configmaps')),
        ...everywhere(user('named'), policies, rule('get', '', 'configmaps', 'a')),
        ...everywhere(user('star'), policies, rule('get', '', 'configmaps', '*')),
        ...everywhere(user('here'), policies),
        ...inside(home, user('here'), rule('get', '', 'configmaps')),
      )
      const body = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'p' },
        spec: {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
          validations: [{ expression: 'true' }],
        },
      }
      const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All'
      const query = real('get', 'configmaps', { name: '*', scope: '*', namespaced: true })
      for (const [name, allowed] of Object.entries({ all: true, named: false, star: true, here: false })) {
        const got = await stage().server.send({ method: 'POST', path, body, headers: actAs(name, []) })
        const isRefused = got.body.includes('on all objects of the referenced paramKind')
        expect([name, got.status, isRefused]).toEqual([name, allowed ? 201 : 422, !allowed])
        expect([name, model.can(user(name), [], query).verdict]).toEqual([name, allowed ? 'yes' : 'no'])
      }
    })
  },
  quietCluster,
)

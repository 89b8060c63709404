import { expect, test } from 'vitest'
import { identityOf } from '../../../src/rbac/identity.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { actAs } from '../../fuzz/server.ts'
import {
  at,
  bind,
  bob,
  caseSuite,
  clusterRole,
  clusterScoped,
  eve,
  everywhere,
  home,
  inside,
  other,
  real,
  role,
  rule,
} from './harness.ts'

const group = (name: string): Subject => ({ kind: 'Group', name })
const robot: Subject = { kind: 'ServiceAccount', name: 'robot', namespace: other }
const rbac = '/apis/rbac.authorization.k8s.io/v1'

// Items 12 to 20 and 30 of what RBAC tools get wrong: whom a binding gives its role, and where.
describeWithCluster(
  'control-plane',
  'bindings',
  (cluster) => {
    const { stage, given } = caseSuite(cluster)

    test('12. a role that is missing grants nothing and stops nothing; a Role and a ClusterRole of one name stay apart', async () => {
      const { requests, reviews, model } = await given(
        bind({ kind: 'ClusterRole', name: 'gone' }, home, eve),
        ...inside(home, eve, rule('get', '', 'pods')),
        clusterRole('same', rule('get', '', 'pods')),
        role(home, 'same', rule('get', '', 'secrets')),
        bind({ kind: 'Role', name: 'same' }, home, bob),
      )
      await requests(eve, real('get', 'pods', { name: 'a' }), true)
      await requests(bob, real('get', 'pods', { name: 'a' }), false)
      await requests(bob, real('get', 'secrets', { name: 'a' }), true)
      await reviews(eve, at('get', 'secrets'), false)
      const { reason } = await stage().server.review(identityOf(eve), at('get', 'secrets'))
      expect(reason).toContain('clusterrole.rbac.authorization.k8s.io "gone" not found')
      expect(model.can(eve, [], real('get', 'secrets')).reason).toContain('ClusterRole gone, which does not exist')
      expect(model.whoCan(real('get', 'secrets')).dangling.map(({ roleRef }) => roleRef.name)).toEqual(['gone'])
    })

    test('13. a service account without a namespace is of the RoleBinding’s; a ClusterRoleBinding of one is refused', async () => {
      const here: Subject = { kind: 'ServiceAccount', name: 'robot', namespace: home }
      const { requests } = await given(
        ...inside(home, { kind: 'ServiceAccount', name: 'robot' }, rule('get', '', 'pods')),
      )
      await requests(here, real('get', 'pods', { name: 'a' }), true)
      await requests(robot, real('get', 'pods', { name: 'a' }), false)
      const refused = bind({ kind: 'ClusterRole', name: 'view' }, undefined, { kind: 'ServiceAccount', name: 'robot' })
      const body = { apiVersion: 'rbac.authorization.k8s.io/v1', ...refused }
      expect((await stage().server.send({ method: 'POST', path: `${rbac}/clusterrolebindings`, body })).status).toBe(
        422,
      )
    })

    test('14. a service account is in the groups of service accounts, in another namespace’s binding too', async () => {
      const { requests } = await given(
        ...inside(home, group(`system:serviceaccounts:${other}`), rule('get', '', 'pods')),
        ...inside(home, group('system:serviceaccounts'), rule('get', '', 'secrets')),
        ...inside(home, group('system:authenticated'), rule('get', '', 'configmaps')),
        ...inside(home, group('system:unauthenticated'), rule('get', '', 'services')),
      )
      for (const type of ['pods', 'secrets', 'configmaps'])
        await requests(robot, real('get', type, { name: 'a' }), true)
      await requests(robot, real('get', 'services', { name: 'a' }), false)
      await requests(eve, real('get', 'configmaps', { name: 'a' }), true)
      await requests({ kind: 'User', name: 'system:anonymous' }, real('get', 'services', { name: 'a' }), true)
      await requests({ kind: 'User', name: 'system:anonymous' }, real('get', 'configmaps', { name: 'a' }), false)
    })

    test('15. a review does not work out the groups of a service account: we send them', async () => {
      const { reviews } = await given(
        ...inside(home, group(`system:serviceaccounts:${other}`), rule('get', '', 'pods')),
      )
      const { user = '' } = identityOf(robot)
      expect((await stage().server.review({ user, groups: [] }, at('get', 'pods'))).allowed).toBe(false)
      await reviews(robot, at('get', 'pods'), true)
    })

    test('16. a user with the name of a service account is that account; no group is a user; case counts', async () => {
      const named = (name: string): Subject => ({ kind: 'User', name })
      const { requests, model } = await given(
        ...inside(home, robot, rule('get', '', 'pods')),
        ...inside(home, group('bob'), rule('get', '', 'secrets')),
        ...inside(home, group('system:serviceaccounts'), rule('get', '', 'services')),
      )
      await requests(named(`system:serviceaccount:${other}:robot`), real('get', 'pods', { name: 'a' }), true)
      await requests(bob, real('get', 'secrets', { name: 'a' }), false)
      await requests(named('x'), real('get', 'secrets', { name: 'a' }), true, { groups: ['bob'] })
      await requests(named('x'), real('get', 'secrets', { name: 'a' }), false, { groups: ['Bob'] })
      // No service account can have such a name, so this one is a user, without the groups of service accounts.
      for (const name of ['FUZZ:robot', `${other}:Robot`, `${other}:robot:x`, `${other}:`]) {
        await requests(named(`system:serviceaccount:${name}`), real('get', 'services', { name: 'a' }), false)
      }
      expect(model.whoCan(real('get', 'pods')).subjects).toContainEqual(expect.objectContaining(robot))
    })

    test('17. system:masters needs no binding, and a rules review does not show it', async () => {
      const path = `${rbac}/clusterrolebindings/cluster-admin`
      const { server } = stage()
      const kept = JSON.parse((await server.send({ method: 'GET', path })).body) as { metadata: object }
      await server.send({ method: 'DELETE', path })
      const { requests, model } = await given()
      await requests(eve, real('get', 'secrets', { name: 'a' }), true, { groups: ['system:masters'] })
      expect(model.whoCan(real('get', 'secrets')).implicit.map(({ name }) => name)).toContain('system:masters')
      expect(model.whatCan(eve, ['system:masters']).notes).toContainEqual(expect.stringContaining('system:masters'))
      const listed = await server.send({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: home } },
        headers: actAs('eve', ['system:masters']),
      })
      const { status } = JSON.parse(listed.body) as {
        status: { incomplete: boolean; resourceRules: { resources: string[] }[] }
      }
      expect(status.incomplete).toBe(false)
      expect(status.resourceRules.flatMap(({ resources }) => resources)).not.toContain('*')
      const metadata = { ...kept.metadata, resourceVersion: undefined, uid: undefined }
      await server.send({ method: 'POST', path: `${rbac}/clusterrolebindings`, body: { ...kept, metadata } })
    })

    test('18. a node reads what its pods use, by an authorizer that no binding shows', async () => {
      await podWithSecret(cluster())
      const { requests, model } = await given()
      const node: Subject = { kind: 'User', name: 'system:node:n1' }
      const nodes = { groups: ['system:nodes'] }
      const mounted = real('get', 'secrets', { name: 'mounted' })
      await expect
        .poll(
          async () =>
            (await stage().server.review({ user: node.name, ...nodes }, at('get', 'secrets', { name: 'mounted' })))
              .allowed,
          { timeout: 60_000 },
        )
        .toBe(true)
      await requests(node, mounted, true, nodes)
      await requests(node, real('get', 'secrets', { name: 'other' }), false, nodes)
      await requests(node, real('list', 'secrets'), false, nodes)
      await requests(node, mounted, false)
      // Which secrets those are is not in RBAC: the answer is that we cannot know, and who may is named.
      expect(model.can(node, ['system:nodes'], mounted)).toMatchObject({ verdict: 'unknown' })
      expect(model.whoCan(mounted).implicit.map(({ name }) => name)).toContain('system:nodes')
    })

    test('19. a RoleBinding grants nothing cluster-scoped, though a review with its namespace says yes', async () => {
      const { requests, reviews, model } = await given(
        ...inside(home, eve, rule('*', '', 'nodes'), rule('*', 'rbac.authorization.k8s.io', 'clusterroles')),
      )
      await reviews(eve, at('list', 'nodes'), true)
      await requests(eve, clusterScoped('list', 'nodes'), false)
      await requests(eve, clusterScoped('get', 'nodes', 'a'), false)
      await requests(eve, clusterScoped('get', 'clusterroles.rbac.authorization.k8s.io', 'view'), false)
      expect(model.can(eve, [], { ...clusterScoped('list', 'nodes'), scope: home }).reason).toContain(
        'where it has no effect',
      )
      // Nor does a path with the namespace in it lead anywhere.
      const path = `/api/v1/namespaces/${home}/nodes`
      expect((await stage().server.send({ method: 'GET', path, headers: actAs('eve', []) })).status).toBe(404)
    })

    test('20. but it reaches its own Namespace object, and gives the right to bind roles in it', async () => {
      const { requests, reviews, model } = await given(
        ...inside(
          home,
          eve,
          rule('*', '', 'namespaces'),
          rule('create', 'rbac.authorization.k8s.io', 'rolebindings'),
          rule('bind', 'rbac.authorization.k8s.io', 'clusterroles'),
        ),
      )
      await requests(eve, clusterScoped('get', 'namespaces', home), true)
      await requests(eve, clusterScoped('patch', 'namespaces', home), true)
      await requests(eve, clusterScoped('delete', 'namespaces', home), true)
      await requests(eve, clusterScoped('get', 'namespaces', other), false)
      await requests(eve, clusterScoped('list', 'namespaces'), false)
      await requests(eve, clusterScoped('list', 'namespaces', home), false)
      await requests(eve, clusterScoped('create', 'namespaces'), false)
      const taken = bind({ kind: 'ClusterRole', name: 'cluster-admin' }, home, eve)
      const sent = (namespace: string) =>
        stage().server.send({
          method: 'POST',
          path: `${rbac}/namespaces/${namespace}/rolebindings?dryRun=All`,
          body: { apiVersion: 'rbac.authorization.k8s.io/v1', ...taken, metadata: { name: 'taken' } },
          headers: actAs('eve', []),
        })
      expect((await sent(home)).status).toBe(201)
      expect((await sent(other)).status).toBe(403)
      const ask = clusterScoped('bind', 'clusterroles.rbac.authorization.k8s.io', 'cluster-admin')
      expect(model.can(eve, [], { ...ask, scope: home }).verdict).toBe('yes')
      expect(model.can(eve, [], { ...ask, scope: other }).verdict).toBe('no')
      await reviews(eve, at('bind', 'clusterroles.rbac.authorization.k8s.io', { name: 'cluster-admin' }), true)
    })

    test('30. an aggregated role has the rules the controller gave it, and keeps its own where there are none to give', async () => {
      const aggregated = (name: string, team: string) => ({
        ...clusterRole(name, rule('get', '', 'nodes')),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { team } }] },
      })
      const part = {
        ...clusterRole('part', rule('get', '', 'pods')),
        metadata: { name: 'part', labels: { team: 'a' } },
      }
      // `given` waits for the controller and compares its rules with computeAggregation's.
      const { requests, model } = await given(
        part,
        aggregated('full', 'a'),
        aggregated('empty', 'nobody'),
        bind({ kind: 'ClusterRole', name: 'full' }, undefined, eve),
        bind({ kind: 'ClusterRole', name: 'empty' }, undefined, bob),
      )
      await requests(eve, real('get', 'pods', { name: 'a' }), true)
      await requests(eve, clusterScoped('get', 'nodes', 'a'), false)
      await requests(bob, clusterScoped('get', 'nodes', 'a'), true)
      const [grant] = model.can(eve, [], real('get', 'pods')).grants
      expect(grant?.aggregatedFrom).toEqual(['part'])
    })

    test('a ClusterRoleBinding to a role counts in every namespace, and for all of them', async () => {
      const { requests } = await given(...everywhere(eve, rule('list', '', 'pods')))
      for (const scope of [home, 'ghost', '*'])
        await requests(eve, real('list', 'pods', { scope, namespaced: true }), true)
    })
  },
  quietCluster,
)

async function podWithSecret({ exec }: TestCluster): Promise<void> {
  const named = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: home } })
  const spec = {
    nodeName: 'n1',
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'none' }],
    volumes: [{ name: 'secret', secret: { secretName: 'mounted' } }],
  }
  const items = [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
    named('Secret', 'mounted'),
    named('Secret', 'other'),
    { ...named('Pod', 'user'), spec },
  ]
  // The namespace is new: the controller has yet to make its service account.
  await expect
    .poll(() => exec(['kubectl', '-n', home, 'get', 'serviceaccount', 'default', '-o', 'name']), { timeout: 60_000 })
    .toMatchObject({ code: 0 })
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const { code, stderr } = await exec(['kubectl', 'create', '-f', '-'], { input })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

import { expect, test } from 'vitest'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { at, bind, bob, caseSuite, clusterScoped, eve, everywhere, home, inside, other, real, rule } from './harness.ts'

// Items 1 to 11 of what RBAC tools get wrong: which requests a rule covers. The server answers first, then we do.
describeWithCluster(
  'control-plane',
  'rules',
  (cluster) => {
    const { given } = caseSuite(cluster)

    test('1. verbs * cover made-up verbs, and no subresource', async () => {
      const { reviews } = await given(...everywhere(eve, rule('*', '', 'pods')))
      await reviews(eve, at('get', 'pods'), true)
      await reviews(eve, at('frobnicate', 'pods'), true)
      await reviews(eve, at('get', 'pods/log'), false)
    })

    test('2. resources * cover subresources of the group, and no other group', async () => {
      const { reviews } = await given(...everywhere(eve, rule('get', '', '*')))
      await reviews(eve, at('get', 'pods/log'), true)
      await reviews(eve, at('get', 'nodes/proxy', { namespace: '', name: 'n' }), true)
      await reviews(eve, at('get', 'deployments.apps'), false)
    })

    test('3. */scale covers that subresource of every resource of the group, and no resource itself', async () => {
      const { reviews } = await given(...everywhere(eve, rule('update', 'apps', '*/scale')))
      await reviews(eve, at('update', 'deployments.apps/scale'), true)
      await reviews(eve, at('update', 'deployments.apps'), false)
      await reviews(eve, at('update', 'replicationcontrollers/scale'), false)
    })

    test('4. pods/* and */* cover nothing but a subresource that is called *', async () => {
      const { reviews } = await given(
        ...everywhere(eve, rule('get', '', 'pods/*')),
        ...everywhere(bob, rule('get', '', '*/*')),
      )
      for (const subject of [eve, bob]) {
        await reviews(subject, at('get', 'pods'), false)
        await reviews(subject, at('get', 'pods/log'), false)
        await reviews(subject, at('get', 'pods/*'), true)
      }
    })

    test('5. a rule counts for its API groups alone', async () => {
      const { reviews } = await given(
        ...everywhere(eve, rule('get', 'metrics.k8s.io,apps', 'pods')),
        ...everywhere(bob, rule('get', ',extensions', 'deployments')),
      )
      await reviews(eve, at('get', 'pods'), false)
      await reviews(eve, at('get', 'pods.metrics.k8s.io'), true)
      await reviews(bob, at('get', 'deployments.apps'), false)
    })

    test('6. the empty resource covers nothing that exists', async () => {
      const { reviews } = await given(...everywhere(eve, rule('get,list', '', '')))
      await reviews(eve, at('get', 'pods'), false)
      await reviews(eve, at('list', 'secrets'), false)
    })

    test('7. a right on names: get of those, list by a field selector, no deletecollection', async () => {
      const { reviews, requests } = await given(
        ...everywhere(eve, rule('get,list,watch,deletecollection', '', 'configmaps', 'a')),
      )
      await reviews(eve, at('get', 'configmaps', { name: 'a' }), true)
      await reviews(eve, at('get', 'configmaps'), false)
      await requests(eve, real('list', 'configmaps'), false)
      await requests(eve, real('list', 'configmaps', { name: 'a' }), true)
      await requests(eve, real('list', 'configmaps', { name: 'a', scope: '*', namespaced: true }), true)
      await requests(eve, real('watch', 'configmaps', { name: 'a' }), true)
      await requests(eve, real('list', 'configmaps', { name: 'b' }), false)
      await requests(eve, real('deletecollection', 'configmaps'), false)
      await requests(eve, real('deletecollection', 'configmaps', { name: 'a' }), false)
    })

    test('8. create on names: not by POST, but by server-side apply and for subresources', async () => {
      const { requests } = await given(
        ...everywhere(
          eve,
          rule('create,patch', '', 'configmaps', 'a'),
          rule('create', '', 'pods/exec,serviceaccounts/token', 'a'),
        ),
      )
      await requests(eve, real('create', 'configmaps'), false)
      const applied = await requests(eve, real('create', 'configmaps', { name: 'a' }), true, { apply: true })
      expect(applied.status).toBe(201)
      await requests(eve, real('create', 'configmaps', { name: 'b' }), false, { apply: true })
      for (const target of ['pods/exec', 'serviceaccounts/token']) {
        await requests(eve, real('create', target, { name: 'a' }), true)
        await requests(eve, real('create', target, { name: 'b' }), false)
      }
    })

    test('9. the empty name covers requests without a name', async () => {
      const { requests } = await given(...everywhere(eve, rule('get,list', '', 'configmaps', '')))
      await requests(eve, real('list', 'configmaps'), true)
      await requests(eve, real('get', 'configmaps', { name: 'a' }), false)
    })

    test('10. URLs: only trailing stars mean anything, and no RoleBinding grants them', async () => {
      const urls = (...nonResourceURLs: string[]) => ({ verbs: ['get'], nonResourceURLs })
      const { requests } = await given(
        ...everywhere(eve, urls('/logs/*', '/x*', '/a/*/b', '/foo**')),
        ...inside(home, bob, urls('*')),
      )
      const asks: [string, boolean][] = [
        ...(['/logs/', '/logs/x', '/x', '/xfoo', '/a/*/b', '/foo', '/foobar'] as const).map(
          (path): [string, boolean] => [path, true],
        ),
        ...(['/logs', '/a/x/b', '/fo'] as const).map((path): [string, boolean] => [path, false]),
      ]
      for (const [path, allowed] of asks) await requests(eve, { verb: 'get', path }, allowed)
      // The cluster's own roles let everyone see some paths; this is none of them.
      await requests(bob, { verb: 'get', path: '/metrics' }, false)
    })

    test('11. a RoleBinding to a ClusterRole grants in its own namespace, not in others and not in all', async () => {
      const { requests, model } = await given(...inside(home, eve, rule('list', '', 'pods')))
      await requests(eve, real('list', 'pods'), true)
      await requests(eve, real('list', 'pods', { scope: other }), false)
      await requests(eve, real('list', 'pods', { scope: '*', namespaced: true }), false)
      const rows = model.whoCan(real('list', 'pods', { scope: '*', namespaced: true })).subjects
      expect(rows.filter(({ name }) => name === 'eve').map(({ scope }) => scope)).toEqual([home])
    })

    test('26. pods/exec: `get` is enough on 1.34, and nodes/proxy `get` is exec through the kubelet', async () => {
      const { requests } = await given(...everywhere(eve, rule('get', '', 'pods/exec,nodes/proxy')))
      // There is no such pod and no such node: that the server says so shows that authorization was passed.
      expect((await requests(eve, real('get', 'pods/exec', { name: 'a' }), true)).status).toBe(404)
      await requests(eve, clusterScoped('get', 'nodes/proxy', 'n'), true)
      await requests(eve, real('create', 'pods/exec', { name: 'a' }), false)
      await requests(bob, clusterScoped('get', 'nodes/proxy', 'n'), false)
    })

    test('29. delete is not deletecollection; namespaces that end or do not exist are authorized as ever', async () => {
      const { requests } = await given(...everywhere(eve, rule('delete,list', '', 'configmaps')))
      await requests(eve, real('delete', 'configmaps', { name: 'a' }), true)
      await requests(eve, real('deletecollection', 'configmaps'), false)
      expect((await requests(eve, real('list', 'configmaps', { scope: 'ghost' }), true)).status).toBe(200)
      expect(await endingNamespace(cluster())).toBe('Terminating')
      expect((await requests(eve, real('list', 'configmaps', { scope: 'ending' }), true)).status).toBe(200)
    })

    test('a role bound to nobody, and its name in another case, grant nothing', async () => {
      const { reviews } = await given(
        ...everywhere(eve, rule('get', '', 'pods')),
        bind({ kind: 'ClusterRole', name: 'view' }, undefined),
      )
      await reviews({ kind: 'User', name: 'Eve' }, at('get', 'pods'), false)
      await reviews(bob, at('get', 'pods'), false)
    })
  },
  quietCluster,
)

// A finalizer keeps it from going.
async function endingNamespace({ exec }: TestCluster): Promise<string> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending', finalizers: ['example.com/stay'] } }
  await exec(['kubectl', 'create', '-f', '-'], { input: JSON.stringify(object) })
  await exec(['kubectl', 'delete', 'namespace', 'ending', '--wait=false'])
  const { stdout } = await exec(['kubectl', 'get', 'namespace', 'ending', '-o', 'jsonpath={.status.phase}'])
  return stdout
}

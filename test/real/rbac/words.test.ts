import { expect, test } from 'vitest'
import { resolveQuery, type TypedQuery } from '../../../src/rbac/query.ts'
import { defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { actAs } from '../../fuzz/server.ts'
import { at, caseSuite, clusterScoped, eve, everywhere, home, inside, other, real, rule } from './harness.ts'

// Items 27 and 31 of what RBAC tools get wrong (words that discovery does not know, or knows too well), and the paths
// by which a RoleBinding reaches Namespace objects.
describeWithCluster(
  'control-plane',
  'words',
  (cluster) => {
    const { stage, given } = caseSuite(cluster)
    const typed = (verb: string, target: string, more: Partial<TypedQuery> = {}): TypedQuery => ({
      verb,
      target,
      namespace: home,
      allNamespaces: false,
      ...more,
    })

    test('27. words that discovery does not know are answered, in their group', async () => {
      const { snapshot, model } = await given(
        ...everywhere(
          eve,
          rule('impersonate', '', 'users'),
          rule('impersonate', 'authentication.k8s.io', 'userextras/scopes'),
          rule('approve', 'certificates.k8s.io', 'signers'),
          rule('use', 'policy', 'podsecuritypolicies'),
          rule('get', '', 'madeups'),
        ),
      )
      const known = snapshot.resources ?? []
      const asks = [
        ['impersonate', 'users'],
        ['impersonate', 'userextras/scopes'],
        ['approve', 'signers/example.com/x'],
        ['use', 'podsecuritypolicies/p'],
        ['get', 'madeups'],
      ] as const
      for (const [verb, target] of asks) {
        const { query } = resolveQuery(typed(verb, target), known)
        if ('path' in query) throw new Error(`${target} was read as a URL`)
        const { group, resource, subresource, name = '', scope } = query
        expect(known.some((entry) => entry.group === group && entry.resource === resource)).toBe(false)
        const attributes = { verb, group, resource, subresource, name, namespace: scope === '*' ? '' : scope }
        expect((await stage().server.review({ user: 'eve', groups: [] }, attributes)).allowed).toBe(true)
        expect(model.can(eve, [], query).verdict).toBe('yes')
        expect(model.whoCan(query).subjects.map(({ name }) => name)).toContain('eve')
      }
    })

    test('31. pods/exec is the subresource, as discovery has it; kubectl takes it for a pod called exec', async () => {
      const { snapshot, model, reviews } = await given(...everywhere(eve, rule('create', '', 'pods', 'exec')))
      const auth = ['kubectl', 'auth', 'can-i', 'create', 'pods/exec', '--as=eve', '-n', home]
      expect((await cluster().exec(auth)).stdout.trim()).toBe('yes')
      await reviews(eve, at('create', 'pods/exec'), false)
      const { query, notes } = resolveQuery(typed('create', 'pods/exec'), snapshot.resources ?? [])
      expect(query).toMatchObject({ resource: 'pods', subresource: 'exec' })
      expect(notes).toContainEqual(expect.stringContaining('--name exec'))
      expect(model.can(eve, [], query).verdict).toBe('no')
      const forced = resolveQuery(typed('create', 'pods', { name: 'exec' }), snapshot.resources ?? [])
      expect(model.can(eve, [], forced.query).verdict).toBe('yes')
    })

    test('watching one Namespace through a RoleBinding works by the old watch path, not by a field selector', async () => {
      const { requests, model } = await given(...inside(home, eve, rule('watch', '', 'namespaces')))
      expect((await requests(eve, clusterScoped('watch', 'namespaces', home), true)).status).toBe(200)
      await requests(eve, clusterScoped('watch', 'namespaces', other), false)
      const selected = `/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3D${home}`
      const got = await stage().server.send({
        method: 'GET',
        path: selected,
        statusOnly: true,
        headers: actAs('eve', []),
      })
      expect(got.status).toBe(403)
      // Somebody can, so it is a row; that kubectl's way of watching is refused is said nowhere.
      expect(model.whoCan(clusterScoped('watch', 'namespaces', home)).subjects.map(({ name }) => name)).toContain('eve')
    })

    test('namespaces/status and namespaces/finalize are within reach of a RoleBinding, other subresources are no such thing', async () => {
      const { requests } = await given(
        ...inside(home, eve, rule('*', '', 'namespaces/status,namespaces/finalize,namespaces/x')),
      )
      expect((await requests(eve, clusterScoped('get', 'namespaces/status', home), true)).status).toBe(200)
      await requests(eve, clusterScoped('patch', 'namespaces/status', home), true)
      await requests(eve, clusterScoped('update', 'namespaces/finalize', home), true)
      await requests(eve, clusterScoped('update', 'namespaces/finalize', other), false)
      await requests(eve, clusterScoped('get', 'namespaces/x', home), false)
      await requests(eve, clusterScoped('get', 'namespaces', home), false)
    })

    // PodSecurityPolicies left in 1.25: no server of ours asks for `use` any more, so a review must do.
    test('use, through a RoleBinding, is a right in its namespace', async () => {
      const { reviews, model } = await given(...inside(home, eve, rule('use', 'policy', 'podsecuritypolicies', 'p')))
      const target = 'podsecuritypolicies.policy'
      await reviews(eve, at('use', target, { name: 'p' }), true)
      await reviews(eve, at('use', target, { name: 'p', namespace: other }), false)
      const { query } = resolveQuery(typed('use', `${target}/p`), await defaultResources())
      expect(model.can(eve, [], query).verdict).toBe('yes')
    })

    test('bind through a RoleBinding, on names, is a right in its namespace', async () => {
      const roles = 'clusterroles.rbac.authorization.k8s.io'
      const { snapshot, reviews, model } = await given(
        ...inside(home, eve, rule('bind', 'rbac.authorization.k8s.io', 'clusterroles', 'view')),
      )
      await reviews(eve, at('bind', roles, { name: 'view' }), true)
      await reviews(eve, at('bind', roles, { name: 'edit' }), false)
      const ask = (name: string, namespace: string) =>
        model.can(
          eve,
          [],
          resolveQuery(typed('bind', `${roles}/${name}`, { namespace }), snapshot.resources ?? []).query,
        ).verdict
      expect([ask('view', home), ask('edit', home), ask('view', other)]).toEqual(['yes', 'no', 'no'])
      const everyone = resolveQuery(typed('bind', roles, { allNamespaces: true }), snapshot.resources ?? []).query
      expect(model.whoCan(everyone).subjects.filter(({ name }) => name === 'eve')).toMatchObject([
        { scope: home, resourceNames: ['view'] },
      ])
    })

    test('what discovery knows is cluster-scoped is asked in no namespace', async () => {
      const { snapshot, requests } = await given(...everywhere(eve, rule('list', '', 'nodes')))
      const { query } = resolveQuery(typed('list', 'nodes'), snapshot.resources ?? [])
      expect(query).toMatchObject({ namespaced: false, scope: '*' })
      await requests(eve, query, true)
      await requests({ kind: 'User', name: 'bob' }, real('list', 'pods'), false)
    })
  },
  quietCluster,
)

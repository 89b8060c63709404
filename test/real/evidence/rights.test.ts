import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import { apply, kubectl, namespace, podOf, ready } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle } from './collecting.ts'

describeWithCluster('node', 'evidence by who may not read everything', (cluster) => {
  test('what is refused is a gap with the Role that closes it; a namespace of ones own is there', async () => {
    await apply(cluster(), namespace('shop'), podOf('shop', 'web'))
    await ready(cluster(), 'shop', 'web')
    const { kubeconfig } = await cluster().clientCert('responder')
    await kubectl(cluster(), 'create', 'rolebinding', 'r', '-n', 'shop', '--clusterrole=view', '--user=responder')
    const user = await connected(kubeconfig)
    const first = join(scratch(), 'case')
    const poor = await collectTo(first, user, { namespace: 'shop' })
    expect(poor.status).toBe('partial')
    const gapOf = (what: string) => poor.gaps.find((gap) => gap['what'] === what)
    expect(gapOf('list pods')).toMatchObject({
      code: 'forbidden',
      path: '/api/v1/pods',
      right: { verb: 'list', resource: 'pods' },
    })
    expect(gapOf('list secrets in shop')).toMatchObject({ code: 'forbidden', right: { namespace: 'shop' } })
    expect(gapOf('list pods in shop')).toBeUndefined()
    const files = await filesOf(await sealedBundle(first))
    expect(files.get('raw/_core/v1/pods/shop/0001.json')?.bytes.toString()).toContain('"name":"web"')
    expect([...files.keys()].filter((path) => path.endsWith('/main/current.log'))).toHaveLength(1)

    const bindings = poor.missingRoles.map((role) => {
      const { kind, metadata } = role as { kind: string; metadata: { name: string; namespace?: string } }
      const subjects = [{ kind: 'User', name: 'responder', apiGroup: 'rbac.authorization.k8s.io' }]
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name }
      return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: `${kind}Binding`, metadata, roleRef, subjects }
    })
    await apply(cluster(), ...poor.missingRoles, ...bindings)
    const rich = await collectTo(join(scratch(), 'case'), user, { namespace: 'shop' })
    expect(rich.gaps).toEqual([])
    expect(rich.status).toBe('complete')
  })
})

import { beforeAll, expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import { subjectAccessReview } from '../../../src/cluster/access-review.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import { listAt, metaOf, type Raw } from '../../../src/isolation/raw.ts'
import { planRights, stillHeld } from '../../../src/lockdown/rights.ts'
import { powerQueries } from '../../../src/lockdown/rights-powers.ts'
import { allowances } from '../../../src/rbac/authorize.ts'
import { identityOf } from '../../../src/rbac/identity.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { decodeBinding } from '../../../src/snapshot/decode.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { optionsOf } from '../../unit/lockdown/options.ts'
import { connectTo } from '../change/harness.ts'
import { partsStage, rbacPath } from './parts-stage.ts'

describeWithCluster('control-plane', 'the rights of a lockdown', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  test('rights: after a quarantine the server allows what was worked out, and undo gives all back', async () => {
    const { namespace, make, scene, apply, engine } = await partsStage(cluster)
    const other = (await partsStage(cluster)).namespace
    const roles = `${rbacPath}/namespaces/${namespace}`
    const rules = [
      { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['one'], verbs: ['get'] },
    ]
    await make(`${roles}/roles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'shell' },
      rules,
    })
    const group = 'rbac.authorization.k8s.io'
    const user = (name: string): Raw => ({ kind: 'User', apiGroup: group, name })
    const account = (name: string, of = namespace): Raw => ({ kind: 'ServiceAccount', name, namespace: of })
    const team: Raw = { kind: 'Group', apiGroup: group, name: `team-${namespace}` }
    const own: Raw = { kind: 'Group', apiGroup: group, name: `system:serviceaccounts:${namespace}` }
    const bind = async (name: string, in_: string | undefined, role: string, subjects: Raw[]) =>
      await make(in_ === undefined ? `${rbacPath}/clusterrolebindings` : `${rbacPath}/namespaces/${in_}/rolebindings`, {
        apiVersion: `${group}/v1`,
        kind: in_ === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata: { name: `${name}-${namespace}` },
        roleRef: { apiGroup: group, kind: role === 'shell' ? 'Role' : 'ClusterRole', name: role },
        subjects,
      })
    await bind('editors', namespace, 'edit', [user('alice'), team, account('robot', other), user(engine.user.name)])
    // What looks like the control plane, and what is it.
    const seeming = [
      user('system:kube-evil'),
      user('system:node:evil'),
      account('ghost', 'kube-system'),
      account('default', 'kube-system'),
    ]
    const real = [user('system:kube-scheduler'), account('job-controller', 'kube-system')]
    await bind('system', namespace, 'edit', [...seeming, ...real])
    await bind('readers', namespace, 'view', [user('bob'), account('robot')])
    await bind('shells', namespace, 'shell', [user('bob')])
    await bind('alone', namespace, 'admin', [account('default')])
    await bind('everyone', namespace, 'shell', [own, user(`system:serviceaccount:${namespace}:ghost`)])
    await bind('wide', undefined, 'edit', [account('robot'), user('carol')])
    await bind('far', other, 'admin', [account('robot'), user('alice')])

    const seen = await scene()
    const planned = planRights(seen, optionsOf({ level: 'quarantine' }), {
      responder: engine.user,
      createdAt: '2026-01-02T03:04:05Z',
    })
    const subjects: Subject[] = [
      ...['alice', 'bob', 'carol', engine.user.name].map((name) => ({ kind: 'User' as const, name })),
      ...['robot', 'default', 'ghost'].map((name) => ({ kind: 'ServiceAccount' as const, name, namespace })),
      { kind: 'ServiceAccount', name: 'robot', namespace: other },
      { kind: 'Group', name: `team-${namespace}` },
    ]
    const asServer = async () => await reviewed(cluster, subjects, [namespace, other])
    const before = await asServer()
    expect(before).toEqual(workedOut(seen.rbac, seen.bindings ?? [], subjects, [namespace, other]))
    const undo = await apply(() => planned.changes)
    const after = await asServer()
    const left = applyChanges(seen.bindings ?? [], planned.changes)
    expect(after).toEqual(workedOut(seen.rbac, left, subjects, [namespace, other]))
    const holds = (name: string, in_ = namespace) =>
      [...after].some((line) => line.startsWith(`${name} `) && line.endsWith(` ${in_}`))
    expect(
      [
        'User alice',
        'User bob',
        'User carol',
        'Group team-' + namespace,
        'ServiceAccount robot',
        `User ${engine.user.name}`,
      ].map((name) => holds(name)),
    ).toEqual([false, false, true, false, false, true])
    expect([holds('User alice', other), holds('ServiceAccount robot', other)]).toEqual([true, false])
    const kept = left.find((raw) => metaOf(raw).name === `system-${namespace}`)
    expect(listAt(kept ?? {}, 'subjects').map((one) => one['name'])).toEqual(real.map((one) => one['name']))
    // Nobody else on a new cluster holds rights everywhere but carol and what the cluster itself runs by.
    expect(stillHeld(planned)).toEqual([
      `rights stay with user:carol (write, exec, secrets, policies, impersonate; ClusterRoleBinding wide-${namespace}): take whoever should not have them out of these bindings`,
    ])
    expect(planned.holders.filter(({ isSystem }) => isSystem).length).toBeGreaterThan(10)
    expect(planned.breaks.map(({ of }) => `${of.kind} ${of.name}`).sort()).toEqual([
      `Group ${own['name'] as string}`,
      `Group team-${namespace}`,
      'ServiceAccount default',
      'ServiceAccount default',
      'ServiceAccount ghost',
      'ServiceAccount ghost',
      'ServiceAccount robot',
      'ServiceAccount robot',
      'User alice',
      'User bob',
      'User system:kube-evil',
      'User system:node:evil',
    ])
    await undo()
    expect(await asServer()).toEqual(before)
  })
})

/** What subjects may do of all that powers are made of, one line each: `User alice create pods shop`. */
async function reviewed(cluster: Cluster, subjects: Subject[], namespaces: string[]): Promise<Set<string>> {
  const asked = questions(subjects, namespaces)
  const answers = await inParallel(asked, async ({ subject, query, namespace }) => {
    const { user, groups } = identityOf(subject)
    const { verb, group, resource, subresource, name } = query
    const attributes = { verb, group, resource, subresource, namespace, ...(name === undefined ? {} : { name }) }
    return await subjectAccessReview(cluster, { ...(user === undefined ? {} : { user }), groups }, attributes)
  })
  return new Set(asked.filter((_, index) => answers[index]?.allowed).map(({ line }) => line))
}

/** The same by our own authorizer, with these bindings. */
function workedOut(rbac: Snapshot, bindings: Raw[], subjects: Subject[], namespaces: string[]): Set<string> {
  const of = (kind: 'RoleBinding' | 'ClusterRoleBinding') =>
    bindings.filter((raw) => raw['kind'] === kind).map((raw) => decodeBinding(raw, kind))
  const snapshot = { ...rbac, roleBindings: of('RoleBinding'), clusterRoleBindings: of('ClusterRoleBinding') }
  const index = indexRbac(snapshot)
  const allowed = questions(subjects, namespaces).filter(({ subject, query, namespace }) => {
    const { verb, group, resource, subresource, name = '' } = query
    return allowances(index, identityOf(subject), { verb, group, resource, subresource, namespace, name }).length > 0
  })
  return new Set(allowed.map(({ line }) => line))
}

// One verb of those that only ever come together: each answer takes the server a while.
const asked = new Set(['create', 'get', 'patch', 'impersonate', 'bind'])

function questions(subjects: Subject[], namespaces: string[]) {
  return subjects.flatMap((subject) =>
    namespaces.flatMap((namespace) =>
      powerQueries(namespace)
        .filter(({ namespaced, verb }) => namespaced && asked.has(verb))
        .map((query) => {
          const what = `${query.verb} ${query.group}/${query.resource}/${query.subresource}`
          const who = `${subject.kind} ${subject.name}`
          return { subject, query, namespace, line: `${who} ${what} ${subject.namespace ?? ''} ${namespace}` }
        }),
    ),
  )
}

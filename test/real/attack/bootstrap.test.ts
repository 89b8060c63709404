import { expect, test } from 'vitest'
import { bootstrapOf } from '../../../src/attack/bootstrap.ts'
import { withAttackWorld } from '../../../src/cli/attack-world.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { build } from '../snapshot/world.ts'

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`
const added = {
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name: 'widgets-view', labels: { [`${group}/aggregate-to-view`]: 'true' } },
  rules: [{ apiGroups: ['widgets.example.com'], resources: ['widgets'], verbs: ['get'] }],
}

describeWithCluster('control-plane', 'the RBAC of a new cluster', (cluster) => {
  const read = async () => {
    const { snapshot, state } = await withAttackWorld({}, { kubeconfig: cluster().kubeconfig })
    const bootstrap = await bootstrapOf(snapshot, state.version)
    const roles = [...snapshot.clusterRoles, ...snapshot.roles]
    const bindings = [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]
    return {
      ...bootstrap,
      role: (name: string) => roles.find((role) => role.name === name),
      size: roles.length + bindings.length,
      otherRoles: roles.filter((role) => !bootstrap.isDefaultRole(role)).map(({ name }) => name),
      otherBindings: bindings.filter((binding) => !bootstrap.isDefaultBinding(binding)),
    }
  }

  test('is its own, every object of it', async () => {
    const { otherRoles, otherBindings, size, systemSubjects, notes } = await read()
    expect({ otherRoles, otherBindings, notes }).toEqual({ otherRoles: [], otherBindings: [], notes: [] })
    expect(size).toBeGreaterThan(120)
    expect(systemSubjects).toContain('Group\0\0system:masters')
    expect(systemSubjects).toContain('ServiceAccount\0kube-system\0deployment-controller')
  })

  test('is so no longer where somebody has changed it', async () => {
    await build(cluster(), [added])
    const patch = async (what: string[], operation: object) => {
      const words = ['kubectl', 'patch', ...what, '--type=json', '-p', JSON.stringify([operation])]
      expect(await cluster().exec(words)).toMatchObject({ code: 0 })
    }
    const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['list'] }
    await patch(['clusterrole', 'system:discovery'], { op: 'add', path: '/rules/-', value: rule })
    const mallory = { kind: 'User', name: 'mallory', apiGroup: group }
    await patch(['clusterrolebinding', 'cluster-admin'], { op: 'add', path: '/subjects/-', value: mallory })
    await aggregated(async () => (await cluster().exec(['kubectl', 'get', 'clusterrole', 'view', '-o', 'json'])).stdout)
    const { otherRoles, otherBindings, addedBy, role, systemSubjects, extraSubjects } = await read()
    expect(otherRoles.toSorted()).toEqual(['system:discovery', 'widgets-view'])
    const view = role('view')
    expect(view && addedBy(view).map(({ name }) => name)).toEqual(['widgets-view'])
    expect(otherBindings.map(({ name }) => name)).toEqual(['cluster-admin'])
    expect(otherBindings.flatMap(extraSubjects)).toEqual([{ kind: 'User', name: 'mallory' }])
    expect(systemSubjects).toContain('Group\0\0system:masters')
    expect(systemSubjects).not.toContain('User\0\0mallory')
    // By what it was given beside its own, everybody holds more than the cluster gives.
    expect(systemSubjects).not.toContain('Group\0\0system:authenticated')
  })
})

/** Waits for the controller. */
async function aggregated(stdout: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await stdout()).includes('widgets')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the aggregated role stays as it was')
}

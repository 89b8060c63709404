import fc from 'fast-check'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { Binding, PolicyRule, Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { rule } from '../rbac/worlds.ts'
import { type Act, act } from './acts.ts'
import { stepsOf } from './api-server.ts'
import { worlds } from './arbitrary-world.ts'
import { callers } from './words.ts'

/** A world, and what is done in it. */
export type Case = { world: Snapshot; acts: Act[] }

/** Of that which a world refuses by chance, most is let pass, or pass until something later that is asked of it. */
export const caseIn = (of: typeof worlds): fc.Arbitrary<Case> =>
  fc.noBias(
    fc
      .record({
        world: of,
        helped: fc.array(fc.record({ act, steps: fc.nat(5) }), { minLength: 1, maxLength: 25, size: 'max' }),
      })
      .map(({ world, helped }) => ({ world: withRights(world, helped), acts: helped.map((one) => one.act) })),
  )
export const cases = caseIn(worlds)

function withRights(world: Snapshot, helped: readonly { act: Act; steps: number }[]): Snapshot {
  const asked = helped.flatMap(({ act: one, steps }) =>
    [...stepsOf(world, one)].slice(0, steps).flatMap((step) => (step === 'missing' ? [] : [step])),
  )
  const roles: Role[] = []
  const bindings: Binding[] = []
  for (const [at, { username }] of callers.entries()) {
    const rules = asked
      .filter(({ by }) => by.username === username)
      .map(({ any: [first] }) => ruleFor(first as Attributes))
    if (rules.length === 0) continue
    const roleRef = { kind: 'ClusterRole' as const, name: `role-of-${at}` }
    roles.push({ ...roleRef, labels: { own: 'yes' }, rules })
    bindings.push({
      kind: 'ClusterRoleBinding',
      name: `binding-${9 - at}`,
      roleRef,
      subjects: [{ kind: 'User', name: username }],
    })
  }
  return {
    ...world,
    clusterRoles: [...world.clusterRoles, ...roles],
    clusterRoleBindings: [...world.clusterRoleBindings, ...bindings],
  }
}

function ruleFor(asked: Attributes): PolicyRule {
  const { verb } = asked
  if ('path' in asked) return rule({ verbs: [verb], apiGroups: [], resources: [], nonResourceURLs: [asked.path] })
  const { group, resource, subresource } = asked
  return rule({
    verbs: [verb],
    apiGroups: [group],
    resources: [subresource === '' ? resource : `${resource}/${subresource}`],
  })
}

import type { AttackRule, AttackWorld, HeldRole, Power } from '../model.ts'
import { userCalled } from './identity-impersonate.ts'
import { addWays, hasEverything, partsOf } from './parts.ts'

const mode = 'impersonate:user-info'
const users: Power = {
  verb: mode,
  group: 'authentication.k8s.io',
  resource: 'users',
  subresource: '',
  namespaced: false,
}

/**
 * Constrained impersonation (KEP-5284: alpha in 1.35, beta in 1.36): it acts as a user, but only for what `impersonate-on:user-info:VERB` on the
 * target allows beside the user's own rights. Never sure: what of the user's rights is left is not looked at, nor is the feature gate to be seen.
 */
export const impersonateConstrainedRule: AttackRule = {
  id: 'imp-constrained',
  title: 'Acts as the user for some requests, by constrained impersonation',
  role: (held, graph, world) => {
    const at = minorOf(world)
    if (at === undefined || at < 35 || held.borrowed || hasEverything(held) || !hasTarget(held)) return
    for (const part of partsOf(held, users)) {
      const gate = at < 36 ? 'the feature is off by default in this version, and ' : ''
      const unsure = `${gate}only what impersonate-on:user-info:… allows of the user's rights is gained`
      const to = userCalled(part.name, graph)
      if (to !== undefined) addWays(held, graph, part, { rule: 'imp-constrained', to, unsure })
    }
  },
}

function hasTarget({ role }: HeldRole): boolean {
  return role.rules.some(({ verbs }) =>
    verbs.some((verb) => verb === '*' || verb.startsWith('impersonate-on:user-info:')),
  )
}

function minorOf({ state }: AttackWorld): number | undefined {
  const [, minor] = /^1\.(\d+)/.exec(state.version ?? '') ?? []
  return minor === undefined ? undefined : Number(minor)
}

import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import type { Act } from './acts.ts'
import { bindingAt, callerOf, type Course, requestOf } from './api-server.ts'
import { lineOf } from './log.ts'
import * as words from './words.ts'

/** The audit line that the API server writes of an act, with bodies. */
export function actLine(world: Snapshot, act: Act, { end }: Course, second: number): object {
  const asked = act.kind === 'impersonate' ? act.asked : requestOf(act)
  if (end === 'impersonation')
    return lineOf(act.caller, asked, false, second, {
      annotations: {},
      responseStatus: { code: 403, message: 'users "x" is forbidden: User "y" cannot impersonate resource "users"' },
    })
  const isMade = act.kind === 'make' || ('verb' in act && act.verb === 'create')
  const code = { done: isMade ? 201 : 200, missing: 404, authorization: 403, registry: 403 }[end]
  const { request, response } = bodiesOf(world, act)
  return lineOf(act.caller, asked, end !== 'authorization', second, {
    responseStatus: { code },
    ...(act.kind === 'impersonate' && { impersonatedUser: impersonated(act) }),
    ...(request && { requestObject: request }),
    ...(end === 'done' && response && { responseObject: response }),
  })
}

function impersonated({ as }: Extract<Act, { kind: 'impersonate' }>): object {
  const { uid, scopes } = as
  return {
    ...callerOf(as),
    ...(uid !== undefined && { uid }),
    ...(scopes !== undefined && { extra: { scopes: [scopes] } }),
  }
}

function bodiesOf(world: Snapshot, act: Act): { request?: object; response?: object } {
  if (act.kind === 'bind') {
    const ref = act.verb === 'create' ? act.role : bindingAt(world, act)?.roleRef
    const whole = { kind: 'RoleBinding', roleRef: { apiGroup: words.rbac, ...ref } }
    return { request: act.verb === 'create' ? whole : { metadata: { labels: { a: 'b' } } }, response: whole }
  }
  if (act.kind === 'role') {
    const whole = { kind: 'Role', rules: act.rules }
    return { request: act.verb === 'create' ? whole : { rules: act.rules }, response: whole }
  }
  if (act.kind === 'approve') {
    const whole = { kind: 'CertificateSigningRequest', spec: { signerName: act.signer } }
    return { request: act.verb === 'update' ? whole : { status: {} }, response: whole }
  }
  return {}
}

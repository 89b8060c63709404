import { serviceAccountGroups, serviceAccountOf } from '../../../src/rbac/identity.ts'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { PolicyRule } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import type { Act, Assumed } from './acts.ts'
import { allows, holds, parts } from './holds.ts'
import type { Caller } from './log.ts'
import * as words from './words.ts'

/** One thing that the API server asks about a request: any of some rights, or to hold some rules. Nothing of it is in a log but the request itself. */
export type Step = {
  by: Caller
  at: 'impersonation' | 'authorization' | 'registry'
  any: Attributes[]
  holding?: { rules: PolicyRule[]; namespace: string }
  /** What is asked about is not there: who may not is told so. */
  isGone?: boolean
}
/** Where a request ended, and what was asked until then. `missing`: by a 404. */
export type Course = { end: 'done' | 'missing' | Step['at']; steps: Step[] }

/** What a real API server makes of an act (test/real/unused compares them). Written apart from src/unused, which infers the same from a log. */
export function course(world: Snapshot, act: Act): Course {
  const steps: Step[] = []
  for (const step of stepsOf(world, act)) {
    if (step === 'missing') return { end: 'missing', steps }
    steps.push(step)
    if (!isMet(world, step)) return { end: step.isGone ? 'missing' : step.at, steps }
  }
  return { end: 'done', steps }
}

/** Whom a request is of in the end. */
export function actorOf(act: Act): Caller {
  return act.kind === 'impersonate' ? callerOf(act.as) : act.caller
}

export function isMet(world: Snapshot, { by, any, holding }: Step): boolean {
  if (any.some((right) => allows(world, by, right))) return true
  return holding?.rules.flatMap(parts).every((part) => holds(world, by, holding.namespace, part)) ?? false
}

/** The groups come by themselves: a service account's where none is asked for, and `authenticated`. */
export function callerOf({ username, groups }: Assumed): Caller {
  const account = serviceAccountOf(username)
  const own = account && groups.length === 0 ? serviceAccountGroups(account.namespace) : groups
  return { username, groups: [...new Set([...own, 'system:authenticated'])] }
}

/** All that may be asked of an act, in its order. */
export function* stepsOf(world: Snapshot, act: Act): Generator<Step | 'missing'> {
  const { caller: by } = act
  if (act.kind === 'impersonate') {
    for (const right of assumes(act.as)) yield { by, at: 'impersonation', any: [right] }
    yield { by: callerOf(act.as), at: 'authorization', any: [act.asked] }
    return
  }
  yield { by, at: 'authorization', any: [requestOf(act)] }
  if (act.kind === 'make') yield { by, at: 'registry', any: [{ ...requestOf(act), verb: 'create' }] }
  if (act.kind === 'approve') {
    const names = [act.signer, `${act.signer.split('/')[0]}/*`]
    yield { by, at: 'registry', any: names.map((name) => right('approve', words.certificates, 'signers', '', name)) }
  }
  if (act.kind === 'bind') {
    const ref = act.verb === 'create' ? act.role : bindingAt(world, act)?.roleRef
    if (!ref) return yield 'missing'
    const resource = ref.kind === 'Role' ? 'roles' : 'clusterroles'
    const rules = rulesAt(world, ref, act.namespace)
    const bind = right('bind', words.rbac, resource, act.namespace, ref.name)
    yield {
      by,
      at: 'registry',
      any: [bind],
      ...(rules ? { holding: { rules, namespace: act.namespace } } : { isGone: true }),
    }
  }
  if (act.kind === 'role') {
    const { verb, namespace, name, rules } = act
    const kind = namespace === '' ? 'ClusterRole' : 'Role'
    if (verb === 'patch' && !rulesAt(world, { kind, name }, namespace)) return yield 'missing'
    const escalate = right('escalate', words.rbac, `${kind.toLowerCase()}s`, namespace, verb === 'create' ? '' : name)
    yield { by, at: 'registry', any: [escalate], holding: { rules, namespace } }
  }
}

/** The request itself, as it is authorized. */
export function requestOf(act: Exclude<Act, { kind: 'impersonate' }>): Attributes & { group?: string } {
  switch (act.kind) {
    case 'ask':
      return act.asked
    case 'make':
      return act.verb === 'patch'
        ? right('patch', '', 'configmaps', act.namespace, act.name)
        : right('update', words.coordination, 'leases', act.namespace, act.name)
    case 'approve': {
      const name = words.requestName(act.signer)
      return { ...right(act.verb, words.certificates, 'certificatesigningrequests', '', name), subresource: 'approval' }
    }
    case 'bind':
    case 'role': {
      const resource = `${act.namespace === '' ? 'cluster' : ''}role${act.kind === 'bind' ? 'bindings' : 's'}`
      return right(act.verb, words.rbac, resource, act.namespace, act.verb === 'patch' ? act.name : '')
    }
  }
}

function assumes({ username, groups, uid, scopes }: Assumed): Attributes[] {
  const account = serviceAccountOf(username)
  const of = (group: string, resource: string, name: string) => right('impersonate', group, resource, '', name)
  return [
    account ? right('impersonate', '', 'serviceaccounts', account.namespace, account.name) : of('', 'users', username),
    ...groups.map((group) => of('', 'groups', group)),
    ...(uid === undefined ? [] : [of(words.authentication, 'uids', uid)]),
    ...(scopes === undefined ? [] : [{ ...of(words.authentication, 'userextras', scopes), subresource: 'scopes' }]),
  ]
}

function right(verb: string, group: string, resource: string, namespace: string, name: string) {
  return { verb, group, resource, subresource: '', namespace, name }
}

export function bindingAt({ roleBindings, clusterRoleBindings }: Snapshot, place: { namespace: string; name: string }) {
  const all = place.namespace === '' ? clusterRoleBindings : roleBindings
  return all.find(({ namespace = '', name }) => namespace === place.namespace && name === place.name)
}

export function rulesAt(
  { roles, clusterRoles }: Snapshot,
  ref: { kind: string; name: string },
  at: string,
): PolicyRule[] | undefined {
  const all = ref.kind === 'Role' ? roles.filter(({ namespace }) => namespace === at) : clusterRoles
  return all.find(({ name }) => name === ref.name)?.rules
}

/** Whether an act binds a role that has other rules in one world than in another: who writes it need hold less. */
export function isSmaller(before: Snapshot, after: Snapshot, act: Act): boolean {
  if (act.kind !== 'bind') return false
  const ref = act.verb === 'create' ? act.role : bindingAt(before, act)?.roleRef
  if (!ref) return false
  const rules = rulesAt(before, ref, act.namespace)
  return rules !== undefined && rules !== rulesAt(after, ref, act.namespace)
}

import { type Identity, identityOf, serviceAccountUser } from '../../src/rbac/identity.ts'
import type { Query } from '../../src/rbac/query.ts'
import type { Attributes } from '../../src/rbac/rule-match.ts'
import type { Subject } from '../../src/snapshot/objects.ts'
import type { Draw } from './draw.ts'
import { realTargets, type Target } from './real-request.ts'
import * as words from './words.ts'
import { isRole, type RoleObject, type WorldObject, type WrittenRule } from './world.ts'

/** A question that a SubjectAccessReview answers. Without a subject the identity is made up: groups that do not fit the user. */
export type Review = { kind: 'review'; subject?: Subject; identity: Identity; attributes: Attributes }
/** A question that a real, impersonated request answers. `apply` is a server-side apply that creates. */
export type Real = { kind: 'real'; subject: Subject; groups: string[]; query: Query; apply?: boolean }
export type Question = Review | Real

/** A rule somewhere in force, with who has it: most questions start from one, so that many answers are yes. */
type Hold = { subject: Subject; namespace: string | undefined; rule: WrittenRule }

export function drawQuestions(draw: Draw, world: WorldObject[], count: number): Question[] {
  const holds = holdsOf(world)
  const real = holds.filter(
    ({ rule }) => (rule.nonResourceURLs || targetsOf(rule).length > 0) && rule.verbs?.some((verb) => isPlain(verb)),
  )
  return Array.from({ length: count }, () => {
    const isReal = draw.chance(22)
    const list = isReal ? real : holds
    const hold = list.length > 0 && draw.chance(90) ? draw.pick(list) : undefined
    return isReal ? drawReal(draw, hold) : drawReview(draw, hold)
  })
}

function isPlain(verb: string): boolean {
  return verb === '*' || words.requestVerbs.includes(verb)
}

function holdsOf(world: WorldObject[]): Hold[] {
  const roles = new Map<string, RoleObject>()
  for (const role of world.filter(isRole)) {
    roles.set(`${role.kind} ${role.metadata.namespace ?? ''} ${role.metadata.name}`, role)
  }
  return world.flatMap((binding) => {
    if (isRole(binding)) return []
    const { roleRef, metadata } = binding
    const home = roleRef.kind === 'Role' ? (metadata.namespace ?? '') : ''
    const role = roles.get(`${roleRef.kind} ${home} ${roleRef.name}`)
    const rules = role?.aggregationRule ? world.filter(isRole).flatMap((other) => other.rules ?? []) : role?.rules
    return (binding.subjects ?? []).flatMap((subject) =>
      (rules ?? []).map((rule): Hold => ({ subject, namespace: metadata.namespace, rule })),
    )
  })
}

function drawReview(draw: Draw, hold: Hold | undefined): Review {
  const attributes = drawAttributes(draw, hold)
  const subject = hold && draw.chance(85) ? settled(draw, hold) : drawSubject(draw)
  if (draw.chance(10)) return { kind: 'review', identity: drawIdentity(draw), attributes }
  const groups = draw.chance(25) ? draw.some(words.userGroups.slice(0, 7), 1, 2) : []
  return { kind: 'review', subject, identity: identityOf(subject, groups), attributes }
}

// Any member of a group asks in its place, more often than the bare group.
function settled(draw: Draw, { subject, namespace }: Hold): Subject {
  if (subject.kind === 'ServiceAccount') {
    const home = subject.namespace ?? namespace ?? ''
    return draw.chance(10)
      ? { kind: 'User', name: serviceAccountUser(home, subject.name) }
      : { kind: 'ServiceAccount', name: subject.name, namespace: home }
  }
  const { kind, name } = subject
  if (kind === 'Group' && name.startsWith('system:serviceaccounts') && draw.chance(60)) return draw.pick(words.accounts)
  return { kind, name }
}

function drawSubject(draw: Draw): Subject {
  if (draw.chance(25)) return draw.pick(words.accounts)
  return draw.chance(75)
    ? { kind: 'User', name: draw.pick(words.users) }
    : { kind: 'Group', name: draw.pick(words.userGroups) }
}

function drawIdentity(draw: Draw): Identity {
  const groups = draw.some(words.userGroups, 0, 3)
  return groups.length > 0 && draw.chance(20) ? { groups } : { user: draw.pick(words.users), groups }
}

function drawAttributes(draw: Draw, hold: Hold | undefined): Attributes {
  const rule = hold?.rule ?? {}
  const verb = token(draw, rule.verbs, words.verbs)
  if (rule.nonResourceURLs ? draw.chance(92) : draw.chance(5)) return { verb, path: drawPath(draw, rule) }
  const written = token(draw, rule.resources, words.resources)
  const slash = written.indexOf('/')
  const type = slash < 0 ? written : written.slice(0, slash)
  return {
    verb,
    group: token(draw, rule.apiGroups, words.groups),
    resource: type === '*' && draw.chance(90) ? draw.pick(['pods', 'deployments', 'nodes', 'widgets']) : type,
    subresource:
      slash >= 0 && !draw.chance(7) ? written.slice(slash + 1) : draw.chance(6) ? draw.pick(['log', 'scale', '*']) : '',
    namespace: drawNamespace(draw, hold),
    name:
      rule.resourceNames && draw.chance(75)
        ? draw.pick(rule.resourceNames)
        : draw.chance(40)
          ? draw.pick(words.names)
          : '',
  }
}

function drawPath(draw: Draw, rule: WrittenRule): string {
  if (!rule.nonResourceURLs || draw.chance(30)) return draw.pick(words.urls)
  const pattern = draw.pick(rule.nonResourceURLs)
  const cut = draw.chance(75) ? pattern.replace(/\*+$/, '') : pattern
  return `${cut}${draw.chance(40) ? draw.pick(['x', '/', '/x', '*']) : ''}`
}

// What a rule says, most often; where it says "any", anything.
function token(draw: Draw, written: readonly string[] | undefined, list: readonly string[]): string {
  if (!written || written.length === 0 || draw.chance(8)) return draw.pick(list)
  const entry = draw.pick(written)
  return entry === '*' && draw.chance(95) ? draw.pick(list) : entry
}

function drawNamespace(draw: Draw, hold: Hold | undefined): string {
  if (hold?.namespace !== undefined && draw.chance(80)) return hold.namespace
  return draw.pick(words.askedNamespaces)
}

// Only what a header can carry, and no groups that the server would not hand out together.
function drawReal(draw: Draw, hold: Hold | undefined): Real {
  const drawn = hold && draw.chance(90) ? settled(draw, hold) : drawSubject(draw)
  const isGroup = drawn.kind === 'Group'
  const fits = drawn.name !== 'system:unauthenticated' && /^[\x21-\x7e\u00a0-\u{1F600}]+$/u.test(drawn.name)
  const subject: Subject = isGroup || !fits ? { kind: 'User', name: draw.pick(['alice', 'bob', 'carol']) } : drawn
  const groups = isGroup && fits ? [drawn.name] : []
  const query = drawRealQuery(draw, hold)
  const apply = !('path' in query) && query.verb === 'create' && query.resource === 'configmaps' && draw.chance(60)
  if (!apply || 'path' in query) return { kind: 'real', subject, groups, query }
  return { kind: 'real', subject, groups, query: { ...query, name: draw.pick(['a', 'b']), scope: 'fuzz-a' }, apply }
}

function targetsOf({ apiGroups = [], resources = [] }: WrittenRule): Target[] {
  return realTargets.filter(({ group, resource, subresource }) => {
    const written = subresource === '' ? [resource, '*'] : [`${resource}/${subresource}`, `*/${subresource}`, '*']
    return [group, '*'].some((entry) => apiGroups.includes(entry)) && written.some((entry) => resources.includes(entry))
  })
}

function drawRealQuery(draw: Draw, hold: Hold | undefined): Query {
  const rule = hold?.rule ?? {}
  if (rule.nonResourceURLs && draw.chance(90)) {
    const path = drawPath(draw, rule)
    const safe = path.startsWith('/') && !/^\/apis?\/./.test(path) && !path.includes('//')
    return { verb: draw.pick(['get', 'get', 'post', 'put', 'delete', 'patch']), path: safe ? path : '/healthz/x' }
  }
  const fitting = targetsOf(rule)
  const target = draw.pick(fitting.length > 0 && draw.chance(85) ? fitting : realTargets)
  // A subresource is one of an object: there is no list of them. Those of a Namespace take no POST either.
  const ofObject = ['get', 'update', 'patch', 'delete', ...(target.resource === 'namespaces' ? [] : ['create'])]
  const possible = target.subresource === '' ? words.requestVerbs : ofObject
  const written = (rule.verbs ?? []).filter((entry) => possible.includes(entry))
  const verb = draw.pick(written.length > 0 && draw.chance(85) ? written : possible)
  const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection'
  const named = target.subresource !== '' || (isCollection ? draw.chance(40) : verb !== 'create')
  const isNamespace = target.group === '' && target.resource === 'namespaces'
  const list = isNamespace ? [...words.namespaces, 'ghost'] : [...(rule.resourceNames ?? []), 'a', 'b']
  const home = hold?.namespace ?? draw.pick(words.namespaces)
  const name = isNamespace && draw.chance(50) ? home : draw.pick(list.filter((entry) => /^[\w-]+$/.test(entry)))
  const anywhere = !target.namespaced || ((verb === 'list' || verb === 'watch') && draw.chance(30))
  const { group, resource, subresource, namespaced } = target
  return { verb, group, resource, subresource, namespaced, ...(named ? { name } : {}), scope: anywhere ? '*' : home }
}

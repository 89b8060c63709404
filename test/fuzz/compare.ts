import type { ReviewStatus } from '../../src/cluster/access-review.ts'
import type { Allowance } from '../../src/rbac/authorize.ts'
import { type Identity, identityOf } from '../../src/rbac/identity.ts'
import { nodeLimit } from '../../src/rbac/implicit.ts'
import type { Query } from '../../src/rbac/query.ts'
import { parseReason } from '../../src/rbac/reason.ts'
import type { Grant } from '../../src/rbac/report.ts'
import type { Attributes } from '../../src/rbac/rule-match.ts'
import { coveringRows, type Model, rightsCover, rowsCover } from './model.ts'
import type { Real, Review } from './questions.ts'

/** Every way in which our answers to a review differ from the server's; empty where they agree. */
export function reviewDifferences(model: Model, review: Review, status: ReviewStatus): string[] {
  const { identity, attributes, subject } = review
  const grants = model.allowances(identity, attributes)
  const limit = isNode(identity) ? nodeLimit(queryOf(attributes, false)) : undefined
  const isMaster = identity.groups.includes('system:masters')
  // The Node authorizer stands before RBAC: what it allows, RBAC need not.
  const byNode = isNode(identity) && status.allowed && !status.reason?.startsWith('RBAC:')
  if (byNode && !isMaster && grants.length === 0)
    return limit === undefined ? ['the Node authorizer allows it: no implicit row'] : []
  const answers: [string, boolean][] = [['allowances', isMaster || grants.length > 0]]
  if (!isAskedOtherwise(attributes)) {
    answers.push(...rowAnswers(model, identity, attributes))
    if (subject) {
      const verdict = model.can(subject, identity.groups, queryOf(attributes, false)).verdict
      if (verdict !== 'unknown' || limit === undefined) answers.push(['can', verdict === 'yes'])
      const rights = model.whatCan(subject, identity.groups)
      if (!isMaster) answers.push(['what-can', rightsCover(rights, attributes)])
    }
  }
  const wrong = answers.filter(([, allowed]) => allowed !== status.allowed)
  return [
    ...wrong.map(([what, allowed]) => `${what} says ${allowed ? 'yes' : 'no'}`),
    ...(status.allowed && wrong.length === 0 ? reasonDifferences(model, review, grants, status.reason ?? '') : []),
  ]
}

/** As reviewDifferences, for a real request that passed authorization or did not. */
export function realDifferences(model: Model, { subject, groups, query, apply }: Real, allowed: boolean): string[] {
  const identity = identityOf(subject, groups)
  const parts: Query[] = apply ? [{ ...query, verb: 'patch' }, query] : [query]
  const answers: [string, boolean | undefined][] = [
    ['can', all(parts, (part) => verdictOf(model.can(subject, groups, part).verdict))],
    ['who-can', all(parts, (part) => realRows(model, identity, part))],
  ]
  return answers
    .filter(([, ours]) => ours !== undefined && ours !== allowed && !(allowed && isNode(identity)))
    .map(([what, ours]) => `${what} says ${ours ? 'yes' : 'no'}`)
}

function all(parts: Query[], answer: (part: Query) => boolean | undefined): boolean | undefined {
  const answers = new Set(parts.map(answer))
  return answers.has(false) ? false : answers.has(undefined) ? undefined : true
}

function verdictOf(verdict: 'yes' | 'no' | 'unknown'): boolean | undefined {
  return verdict === 'unknown' ? undefined : verdict === 'yes'
}

function realRows(model: Model, identity: Identity, query: Query): boolean {
  if ('path' in query) return rowsCover(model.whoCan(query), identity, '', '')
  const namespace = query.namespaced === false ? undefined : query.scope === '*' ? '' : query.scope
  const name = query.verb === 'deletecollection' ? '' : (query.name ?? '')
  const { name: _, ...unnamed } = query
  const [named, any] = [query, unnamed].map((asked) => rowsCover(model.whoCan(asked), identity, namespace, name))
  if (named !== any) throw new Disagreement(`who-can says ${named} with the name and ${any} without it`)
  return named ?? false
}

/** Two of our own answers contradict each other. */
export class Disagreement extends Error {}

// The same question in its forms: in one namespace or all of them, with the name or without it.
function rowAnswers(model: Model, identity: Identity, attributes: Attributes): [string, boolean][] {
  if ('path' in attributes) return [['who-can', rowsCover(model.whoCan(attributes), identity, '', '')]]
  const { namespace, name } = attributes
  return [false, true].flatMap((everywhere) =>
    (name === '' ? [false] : [false, true]).map((named): [string, boolean] => {
      const query = queryOf(named ? attributes : { ...attributes, name: '' }, everywhere)
      const form = `who-can${named ? ' with the name' : ''}${everywhere ? ' -A' : ''}`
      return [form, rowsCover(model.whoCan(query), identity, namespace, name)]
    }),
  )
}

function queryOf(attributes: Attributes, everywhere: boolean): Query {
  if ('path' in attributes) return attributes
  const { verb, group, resource, subresource, namespace, name } = attributes
  const scope = everywhere || namespace === '' ? '*' : namespace
  return { verb, group, resource, subresource, ...(name === '' ? {} : { name }), namespaced: undefined, scope }
}

function reasonDifferences(
  model: Model,
  { identity, attributes }: Review,
  grants: Allowance[],
  reason: string,
): string[] {
  if (!reason.startsWith('RBAC:')) return []
  const named = parseReason(reason)
  if (!named) return ['the reason could not be read']
  const isNamed = (binding: Grant['binding'], roleRef: Grant['roleRef'], kind: string) =>
    JSON.stringify([binding.kind, binding.namespace, binding.name, roleRef.kind, roleRef.name, kind]) === wanted
  const { binding, roleRef } = named.grant
  const wanted = JSON.stringify([
    binding.kind,
    binding.namespace,
    binding.name,
    roleRef.kind,
    roleRef.name,
    named.subject.kind,
  ])
  const ours = grants.find(({ bound, subject }) => isNamed(bound.binding, bound.binding.roleRef, subject.kind))
  if (!ours) return ['no grant of ours has the binding that the reason names']
  if (ours.subject.name !== named.subject.name) return [`the reason names the subject ${named.subject.name}`]
  if (isAskedOtherwise(attributes)) return []
  const rows =
    'path' in attributes
      ? coveringRows(model.whoCan(attributes), identity, '', '')
      : coveringRows(model.whoCan(queryOf(attributes, false)), identity, attributes.namespace, attributes.name)
  const inRow = rows.some((row) =>
    row.grants.some((grant) => isNamed(grant.binding, grant.roleRef, grant.subjectMatch.kind)),
  )
  return inRow ? [] : ['no row of who-can has the binding that the reason names']
}

// What a real request would not ask by this name, or not by it alone: the questions then answer for the real request.
function isAskedOtherwise(attributes: Attributes): boolean {
  if ('path' in attributes || attributes.name === '') return false
  const { verb, group, resource } = attributes
  return verb === 'deletecollection' || (group === 'certificates.k8s.io' && resource === 'signers')
}

function isNode({ user, groups }: Identity): boolean {
  return groups.includes('system:nodes') && (user ?? '').startsWith('system:node:')
}

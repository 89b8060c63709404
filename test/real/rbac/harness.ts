import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { identityOf } from '../../../src/rbac/identity.ts'
import type { Query, ResourceQuery } from '../../../src/rbac/query.ts'
import type { ResourceRequest } from '../../../src/rbac/rule-match.ts'
import type { RoleRef, Subject } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { realDifferences, reviewDifferences } from '../../fuzz/compare.ts'
import { type Model, modelOf } from '../../fuzz/model.ts'
import { requestFor } from '../../fuzz/real-request.ts'
import { actAs, type Got, passedAuthorization } from '../../fuzz/server.ts'
import { openStage, type Stage } from '../../fuzz/stage.ts'
import { rbacGroup, type WorldObject, type WrittenRule } from '../../fuzz/world.ts'

export const home = 'fuzz-a'
export const other = 'fuzz-b'
export const eve: Subject = { kind: 'User', name: 'eve' }
export const bob: Subject = { kind: 'User', name: 'bob' }

/** Words in one text, parted by commas; '' is one empty word, as for the core group. */
export function rule(verbs: string, group: string, resources: string, ...resourceNames: string[]): WrittenRule {
  const names = resourceNames.length > 0 ? { resourceNames } : {}
  return { verbs: verbs.split(','), apiGroups: group.split(','), resources: resources.split(','), ...names }
}

export function clusterRole(name: string, ...rules: WrittenRule[]): WorldObject {
  return { kind: 'ClusterRole', metadata: { name }, rules }
}

export function role(namespace: string, name: string, ...rules: WrittenRule[]): WorldObject {
  return { kind: 'Role', metadata: { name, namespace }, rules }
}

export function bind(to: RoleRef, namespace: string | undefined, ...subjects: Subject[]): WorldObject {
  const name = `to-${to.kind}-${to.name}-${subjects.map((subject) => `${subject.kind}-${subject.name}`).join('-')}`
  return {
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: rbacGroup, ...to },
    subjects: subjects.map((subject) =>
      subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup: rbacGroup },
    ),
  }
}

/** A ClusterRole with these rules, and its binding everywhere. */
export function everywhere(subject: Subject, ...rules: WrittenRule[]): WorldObject[] {
  const name = `all-${subject.name}`
  return [clusterRole(name, ...rules), bind({ kind: 'ClusterRole', name }, undefined, subject)]
}

/** A ClusterRole with these rules, and its binding in one namespace. */
export function inside(namespace: string, subject: Subject, ...rules: WrittenRule[]): WorldObject[] {
  const name = `in-${namespace}-${subject.name}`
  return [clusterRole(name, ...rules), bind({ kind: 'ClusterRole', name }, namespace, subject)]
}

/** `pods`, `pods/log`, `deployments.apps/scale`: a request for it in the home namespace, without a name. */
export function at(verb: string, written: string, more: Partial<ResourceRequest> = {}): ResourceRequest {
  const [type = '', ...rest] = written.split('/')
  const [resource = '', ...group] = type.split('.')
  return { verb, group: group.join('.'), resource, subresource: rest.join('/'), namespace: home, name: '', ...more }
}

/** As `at`, for a real request: cluster-scoped where `scope` is `*`. */
export function real(verb: string, written: string, more: Partial<ResourceQuery> = {}): ResourceQuery {
  const { group, resource, subresource } = at(verb, written)
  return { verb, group, resource, subresource, scope: home, namespaced: more.scope !== '*', ...more }
}

export function clusterScoped(verb: string, written: string, name?: string): ResourceQuery {
  return real(verb, written, { scope: '*', namespaced: false, ...(name === undefined ? {} : { name }) })
}

/** The objects of one case on the server, and both sides' answers. */
export type Case = {
  snapshot: Snapshot
  model: Model
  /** The server's review says so, and every answer of ours agrees with it. */
  reviews(
    subject: Subject,
    attributes: ResourceRequest | { verb: string; path: string },
    allowed: boolean,
  ): Promise<void>
  /** A real request passes authorization or does not, and our answers to the same question agree. */
  requests(
    subject: Subject,
    query: Query,
    allowed: boolean,
    more?: { apply?: boolean; groups?: string[] },
  ): Promise<Got>
}

/** One world a test, taken down after it. */
export function caseSuite(cluster: () => TestCluster) {
  let opened: Stage | undefined
  beforeAll(async () => {
    opened = await openStage(cluster())
  })
  afterEach(() => opened?.clear())
  afterAll(() => opened?.close())
  const stage = (): Stage => {
    if (!opened) throw new TypeError('the stage is open inside tests alone')
    return opened
  }
  const given = async (...objects: WorldObject[]): Promise<Case> => {
    const { snapshot, refused, differences } = await stage().put(objects)
    expect({ refused, differences }).toEqual({ refused: 0, differences: [] })
    const model = modelOf(snapshot)
    return {
      snapshot,
      model,
      reviews: async (subject, attributes, allowed) => {
        const identity = identityOf(subject)
        const status = await stage().server.review(identity, attributes)
        expect(status).toMatchObject({ allowed })
        expect(reviewDifferences(model, { kind: 'review', subject, identity, attributes }, status)).toEqual([])
      },
      requests: async (subject, query, allowed, { apply = false, groups = [] } = {}) => {
        const user = identityOf(subject).user ?? ''
        const got = await stage().server.send({ ...requestFor(query, apply), headers: actAs(user, groups) })
        expect({ passed: passedAuthorization(got), answer: got.body.slice(0, 300) }).toMatchObject({ passed: allowed })
        expect(realDifferences(model, { kind: 'real', subject, groups, query, apply }, allowed)).toEqual([])
        return got
      },
    }
  }
  return { stage, given }
}

import { type Allowance, allowances } from '../../src/rbac/authorize.ts'
import { can, type CanReport } from '../../src/rbac/can.ts'
import type { Identity } from '../../src/rbac/identity.ts'
import type { Query } from '../../src/rbac/query.ts'
import { indexRbac } from '../../src/rbac/rbac-index.ts'
import type { WhoCanReport } from '../../src/rbac/report.ts'
import { type Attributes, matchRule } from '../../src/rbac/rule-match.ts'
import { whatCan, type WhatCanReport } from '../../src/rbac/what-can.ts'
import { whoCan } from '../../src/rbac/who-can.ts'
import type { Subject } from '../../src/snapshot/objects.ts'
import type { Snapshot } from '../../src/snapshot/snapshot.ts'

/** All our answers on one snapshot; those that many questions share are worked out once. */
export type Model = {
  allowances(identity: Identity, attributes: Attributes): Allowance[]
  can(subject: Subject, groups: string[], query: Query): CanReport
  whoCan(query: Query): WhoCanReport
  whatCan(subject: Subject, groups: string[]): WhatCanReport
}

export function modelOf(snapshot: Snapshot): Model {
  const index = indexRbac(snapshot)
  const who = new Map<string, WhoCanReport>()
  const what = new Map<string, WhatCanReport>()
  return {
    allowances: (identity, attributes) => allowances(index, identity, attributes),
    can: (subject, groups, query) => can(snapshot, index, subject, groups, query, []),
    whoCan: (query) => once(who, JSON.stringify(query), () => whoCan(snapshot, index, query, [])),
    whatCan: (subject, groups) =>
      once(what, JSON.stringify([subject, groups]), () => whatCan(snapshot, index, subject, groups)),
  }
}

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}

/** Whether a row of the report, or the rows of implicit grants, say that this identity is allowed. Written apart from src. */
export function rowsCover(
  report: WhoCanReport,
  identity: Identity,
  namespace: string | undefined,
  name: string,
): boolean {
  if (identity.groups.includes('system:masters')) return report.implicit.some((row) => row.name === 'system:masters')
  return coveringRows(report, identity, namespace, name).length > 0
}

/** An undefined namespace stands for a cluster-scoped request: the names alone say how far a row reaches. */
export function coveringRows(report: WhoCanReport, identity: Identity, namespace: string | undefined, name: string) {
  return report.subjects.filter((row) => {
    const isWho =
      row.kind === 'Group'
        ? identity.groups.includes(row.name)
        : identity.user === (row.kind === 'User' ? row.name : `system:serviceaccount:${row.namespace}:${row.name}`)
    const isWhere = namespace === undefined || row.scope === '*' || row.scope === namespace
    return isWho && isWhere && (row.resourceNames === undefined || row.resourceNames.includes(name))
  })
}

/** Whether the rights listed for a subject contain this request. */
export function rightsCover({ rights }: WhatCanReport, attributes: Attributes): boolean {
  const namespace = 'path' in attributes ? '' : attributes.namespace
  return rights.some(({ scope, verbs, apiGroup, resource, url, resourceNames = [] }) => {
    if (scope !== '*' && (scope !== namespace || namespace === '')) return false
    const rule = {
      verbs,
      apiGroups: apiGroup === undefined ? [] : [apiGroup],
      resources: resource === undefined ? [] : [resource],
      resourceNames,
      nonResourceURLs: url === undefined ? [] : [url],
    }
    return matchRule(rule, attributes) !== undefined
  })
}

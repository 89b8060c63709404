import { isAccountThere } from '../../attack/accounts.ts'
import type { AttackWorld } from '../../attack/model.ts'
import { danglingBindings } from '../../rbac/grants.ts'
import { type BoundRole, scopeOf } from '../../rbac/rbac-index.ts'
import type { Role, Subject } from '../../snapshot/objects.ts'
import type { Severity } from '../finding.ts'
import { deleteBinding } from '../fix.ts'
import type { Found, RiskInfo } from '../found.ts'
import type { Bond } from '../holdings.ts'
import { breadthOf, forBreadth } from '../severity.ts'
import { bindingInfos as infos } from './binding-texts.ts'

/** Findings on bindings as such: whom they name, and what they refer to. */
export function bindingFindings(world: AttackWorld, bonds: readonly Bond[]): Found[] {
  const isThere = isAccountThere(world)
  const bound = bonds.map((bond) => bond.bound)
  const missing = new Map(danglingBindings(world.snapshot, bound).map((each) => [keyOf(each.binding), each.why]))
  return bonds.flatMap((bond) => {
    if (!bond.bound.role) return [...dangling(bond, missing), ...strangers(bond, isThere)]
    return [...tampered(bond), ...broad(bond), ...strangers(bond, isThere), ...defaultAccounts(bond)]
  })
}

// A binding that the cluster made, and somebody added to. Where none of its subjects is the cluster's, it is one like any other.
function tampered({ bound, subjects }: Bond): Found[] {
  if (subjects.every(({ isAdded }) => isAdded)) return []
  const isAll = bound.role !== undefined && isEverything(bound.role)
  const because = [isAll ? 'the role gives everything' : 'the cluster itself never adds subjects here']
  return subjects
    .filter(({ isAdded }) => isAdded)
    .map(({ subject }) => ({ ...grantFound(infos.tampered, bound, subject, isAll ? 'critical' : 'high'), because }))
}

function broad({ bound, subjects, isOwnRole }: Bond): Found[] {
  const { role } = bound
  return subjects.flatMap(({ subject, isAdded }) => {
    const breadth = breadthOf(subject)
    if (breadth === 'named' || !role || role.rules.length === 0 || (!isAdded && isOwnRole)) return []
    const isUrls = role.rules.every(({ resources }) => resources.length === 0)
    const because = [
      breadth === 'anonymous'
        ? 'nobody has to log in for it'
        : 'whoever has any credential, as code in any pod has, holds it',
      ...(isUrls ? ['it is of URLs alone'] : []),
    ]
    return [{ ...grantFound(infos.broad, bound, subject, isUrls ? 'low' : forBreadth('low', breadth)), because }]
  })
}

function dangling({ bound: { binding } }: Bond, missing: ReadonlyMap<string, string>): Found[] {
  const why = missing.get(keyOf(binding))
  if (why === undefined) return []
  const { kind, namespace, name } = binding
  const object = { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  const fix = { text: infos.dangling.fix, commands: [deleteBinding(binding)] }
  return [{ info: infos.dangling, severity: 'low', scope: scopeOf(binding), object, held: [], because: [why], fix }]
}

const notCreated = ['nobody acts as it until it is created']

// The cluster's own bindings are there before the accounts of its controllers.
function strangers({ bound, subjects }: Bond, isThere: (account: Subject) => boolean): Found[] {
  return subjects.flatMap(({ subject, isAdded }) => {
    if (subject.kind !== 'ServiceAccount' || !isAdded || isThere(subject)) return []
    return [{ ...grantFound(infos.stranger, bound, subject, 'low'), because: notCreated }]
  })
}

function defaultAccounts({ bound, subjects }: Bond): Found[] {
  if (bound.role?.rules.length === 0) return []
  return subjects
    .filter(({ subject, isAdded }) => isAdded && subject.kind === 'ServiceAccount' && subject.name === 'default')
    .map(({ subject }) => ({
      ...grantFound(infos.defaultAccount, bound, subject, 'medium'),
      because: ['every pod that names no account of its own has these rights'],
    }))
}

function grantFound(
  info: RiskInfo,
  bound: BoundRole,
  subject: NonNullable<Found['subject']>,
  severity: Severity,
): Found {
  return { info, severity, scope: scopeOf(bound.binding), subject, held: [{ bounds: [bound], rules: [] }] }
}

function isEverything({ rules }: Role): boolean {
  return rules.some(
    ({ verbs, apiGroups, resources, resourceNames }) =>
      resourceNames.length === 0 && verbs.includes('*') && apiGroups.includes('*') && resources.includes('*'),
  )
}

function keyOf({ kind, namespace = '', name }: { kind: string; namespace?: string | undefined; name: string }): string {
  return `${kind}/${namespace}/${name}`
}

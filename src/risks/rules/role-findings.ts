import type { Bootstrap } from '../../attack/bootstrap.ts'
import type { AttackWorld, StateFact } from '../../attack/model.ts'
import { ruleParts } from '../../attack/rule-parts.ts'
import type { Role } from '../../snapshot/objects.ts'
import { narrowCommand } from '../fix.ts'
import type { Found } from '../found.ts'
import type { Bond } from '../holdings.ts'
import { type KnownTypes, knownTypes, oddities } from './odd-rules.ts'
import { placeOf, roleFound } from './role-found.ts'
import { roleInfos as infos } from './role-texts.ts'
import { widened } from './widened-findings.ts'

/** Findings on roles as such: rules that grant nothing, and what was made of the cluster's own, which are created as `defaults`. */
export function roleFindings(
  world: AttackWorld,
  bonds: readonly Bond[],
  bootstrap: Bootstrap,
  defaults: readonly Role[],
): Found[] {
  const { snapshot } = world
  const uses = new Map<Role, { isClusterWide: boolean }>()
  for (const {
    bound: { binding, role },
  } of bonds) {
    if (!role) continue
    const use = uses.get(role) ?? { isClusterWide: false }
    uses.set(role, { isClusterWide: use.isClusterWide || binding.kind === 'ClusterRoleBinding' })
  }
  const types = typesOf(world)
  const originals = new Map(defaults.map((role) => [keyOf(role), role]))
  const roles = [...snapshot.clusterRoles, ...snapshot.roles]
  return roles.flatMap((role) => {
    // What an aggregated role has, stands in the roles that it is made of.
    if (bootstrap.isDefaultRole(role)) return widened(role, bootstrap)
    const original = originals.get(keyOf(role))
    const changed = original ? [changedFound(role, original)] : []
    const use = uses.get(role)
    const odd = role.aggregation
      ? []
      : oddFound(role, types, { isBound: use !== undefined, isClusterWide: use?.isClusterWide ?? false })
    return [...changed, ...odd]
  })
}

// Manifests name types that the cluster may have and they do not.
function typesOf({ snapshot }: AttackWorld): KnownTypes | undefined {
  const { resources, unknownTypes, source } = snapshot
  return resources && (unknownTypes === undefined || source.kind === 'files') ? knownTypes(resources) : undefined
}

function changedFound(role: Role, original: Role): Found {
  const own = new Set(original.rules.flatMap((rule) => [...ruleParts(rule)]))
  const added = role.rules.flatMap((rule, index) => (ruleParts(rule).every((part) => own.has(part)) ? [] : [index]))
  const fact = (field: string, says: string): StateFact => ({
    kind: role.kind,
    name: role.name,
    ...placeOf(role),
    field,
    says,
  })
  const state = added.map((index) => fact(`rules[${index}]`, "is not of the cluster's own"))
  if (state.length === 0) state.push(fact('aggregationRule', "is not the cluster's own"))
  const isEverything = added.some(
    (index) => role.rules[index]?.verbs.includes('*') && role.rules[index]?.resources.includes('*'),
  )
  const fix = {
    text: infos.changed.fix,
    commands: added.length > 0 && !role.aggregation ? [narrowCommand(role, added)] : [],
  }
  const because = [
    'the parts of the control plane hold such roles, or everybody',
    ...(isEverything ? ['a rule gives everything'] : []),
  ]
  return { ...roleFound(infos.changed, role, isEverything ? 'critical' : 'high', because), state, fix }
}

function oddFound(role: Role, types: KnownTypes | undefined, use: Parameters<typeof oddities>[2]): Found[] {
  const odd = role.rules.map((rule) => oddities(rule, types, use))
  const empty = role.rules.flatMap(({ resourceNames, verbs }, index) =>
    resourceNames.includes('') && hasUnnamed(verbs) ? [index] : [],
  )
  const found: Found[] = []
  if (odd.some((texts) => texts.length > 0)) {
    const state = odd.flatMap((texts, index) =>
      texts.map((says) => ({ kind: role.kind, name: role.name, ...placeOf(role), field: `rules[${index}]`, says })),
    )
    found.push({ ...roleFound(infos.nothing, role, 'low', ['it gives nobody anything']), state })
  }
  if (empty.length > 0) {
    const state = empty.map((index) => ({
      kind: role.kind,
      name: role.name,
      ...placeOf(role),
      field: `rules[${index}].resourceNames`,
      says: 'has the name ""',
    }))
    const fix = { text: infos.emptyName.fix, commands: [narrowCommand(role, empty)] }
    found.push({
      ...roleFound(infos.emptyName, role, 'medium', ['whoever reads the role takes it for harmless']),
      state,
      fix,
    })
  }
  return found
}

function hasUnnamed(verbs: readonly string[]): boolean {
  return verbs.some((verb) => ['list', 'watch', 'create', '*'].includes(verb))
}

function keyOf({ kind, namespace = '', name }: Role): string {
  return `${kind} ${namespace}/${name}`
}

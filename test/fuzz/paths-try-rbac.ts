import type { Actor } from './paths-actor.ts'
import type { Field, Named } from './paths-field.ts'
import { bindTo, everything, hasAll, makeRole, rewrite, scopes } from './paths-moves-rbac.ts'
import { roleNames } from './paths-words.ts'

/** What a walker does with RBAC objects as one actor: whatever it is let do. `held` remembers what need not be tried again. */
export async function moveRbac(
  field: Field,
  actor: Actor,
  others: readonly Actor[],
  held: Set<string>,
): Promise<boolean> {
  let isNew = false
  const once = async (what: string, move: () => Promise<boolean>) => {
    if (held.has(what) || !(await move())) return
    held.add(what)
    isNew = true
  }
  for (const scope of scopes) {
    for (const name of [...roleNames, `made-by-${others.indexOf(actor)}`]) {
      await once(`${scope}/${name}`, async () => await makeRole(field, actor, scope, name, everything))
      await once(`${scope}/${name}`, async () => await makeRole(field, actor, scope, name, []))
    }
  }
  if (isNew) await field.settle()
  for (const role of field.roles) {
    const text = textOf(role)
    for (const scope of scopes)
      await once(`bind ${text} in ${scope}`, async () => await bindTo(field, actor, role, scope))
  }
  // Filled roles first of all: who has everything by one needs no more, and emptying may take away what this goes by.
  const rewritten = field.roles.toReversed()
  for (const role of rewritten) {
    await once(`fill ${textOf(role)}`, async () => await rewrite(field, actor, role, fillingOf(role)))
  }
  if (isNew) await field.settle()
  for (const one of [actor, field.anchor]) if (isNew && (await hasAll(one))) return true
  for (const role of rewritten) {
    const isOurs = (role.kind === 'Role' || !role.name.startsWith('system:')) && held.has(`fill ${textOf(role)}`)
    if (isOurs && !(await hasAll(actor, role.namespace)))
      await once(`take ${textOf(role)}`, async () => await takeEmptied(field, actor, role, others))
  }
  return isNew
}

// Emptied, a role is for whoever writes bindings to take; and is filled again by who could fill it before.
async function takeEmptied(field: Field, actor: Actor, role: Named, others: readonly Actor[]): Promise<boolean> {
  if (!(await rewrite(field, actor, role, []))) return false
  await field.settle()
  let isTaken = false
  for (const scope of scopes) {
    for (const other of others) if (await bindTo(field, other, role, scope)) isTaken = true
  }
  await rewrite(field, actor, role, fillingOf(role))
  return isTaken
}

// What has everything already is asked about only where something changes.
function fillingOf({ kind, name }: Named): typeof everything {
  return kind === 'ClusterRole' && name === 'cluster-admin' ? [...everything, ...everything] : everything
}

function textOf({ kind, name, namespace }: Named): string {
  return `${kind} ${namespace ?? ''}/${name}`
}

import { subjectKey } from '../rbac/identity.ts'
import { indexRbac } from '../rbac/rbac-index.ts'
import type { Grant } from '../rbac/report.ts'
import { sortRows, whoCan } from '../rbac/who-can.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Power, powerQueries } from './rights-powers.ts'

/** Who holds powers in the namespace, through which binding, role and rule; `scope` is the namespace, or `*`. */
export type Holder = {
  subject: Subject
  scope: string
  note?: string
  powers: Power[]
  chain: (Grant & { powers: Power[] })[]
}

type Gathered = Holder & { grants: Map<string, Grant & { powers: Power[] }> }

/** Everybody whom RBAC gives one of the powers in a namespace, one row a subject and scope. */
export function holdersOf(rbac: Snapshot, namespace: string): Holder[] {
  const index = indexRbac(rbac)
  const holders = new Map<string, Gathered>()
  for (const { power, ...query } of powerQueries(namespace)) {
    for (const { scope, note, grants, kind, name, namespace: space } of whoCan(rbac, index, query, []).subjects) {
      const subject: Subject = { kind, name, ...(space === undefined ? {} : { namespace: space }) }
      const key = `${subjectKey(subject)}\0${scope}`
      const known: Gathered = holders.get(key) ?? { subject, scope, powers: [], chain: [], grants: new Map() }
      if (note !== undefined) known.note = note
      holders.set(key, known)
      add(known.powers, power)
      for (const grant of grants) {
        const place = JSON.stringify([
          grant.binding.kind,
          grant.binding.namespace,
          grant.binding.name,
          grant.rule?.index,
        ])
        const listed = known.grants.get(place) ?? { ...grant, powers: [] }
        add(listed.powers, power)
        known.grants.set(place, listed)
      }
    }
  }
  const rows = [...holders.values()].map(({ grants, ...holder }) => ({ ...holder, chain: [...grants.values()] }))
  const order = sortRows(rows.map(({ subject, scope }) => ({ ...subject, scope, grants: [] })))
  const byKey = new Map(rows.map((row) => [`${subjectKey(row.subject)}\0${row.scope}`, row]))
  return order.flatMap((row) => byKey.get(`${subjectKey(row)}\0${row.scope}`) ?? [])
}

function add(powers: Power[], power: Power): void {
  if (!powers.includes(power)) powers.push(power)
}

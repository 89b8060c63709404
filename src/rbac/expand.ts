import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Member, SubjectRow } from './report.ts'

/**
 * The service accounts each group row stands for, with the pods that run as them. Groups that an identity provider
 * hands out have members the cluster does not know: those rows stay without.
 */
export function expandGroups(rows: SubjectRow[], snapshot: Snapshot): SubjectRow[] {
  const pods = new Map<string, string[]>()
  for (const { namespace, serviceAccount, name } of snapshot.pods) {
    const key = `${namespace}/${serviceAccount}`
    const list = pods.get(key)
    if (list) list.push(name)
    else pods.set(key, [name])
  }
  const all = snapshot.serviceAccounts
    .map(({ namespace, name }): Member => ({ namespace, name, pods: pods.get(`${namespace}/${name}`) ?? [] }))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
  return rows.map((row) => {
    const within = row.kind === 'Group' ? membersOf(row.name, all) : accountOf(row, all)
    return within ? { ...row, members: within } : row
  })
}

function membersOf(group: string, all: Member[]): Member[] | undefined {
  if (group === 'system:serviceaccounts' || group === 'system:authenticated') return all
  const prefix = 'system:serviceaccounts:'
  return group.startsWith(prefix) ? all.filter(({ namespace }) => namespace === group.slice(prefix.length)) : undefined
}

function accountOf(row: SubjectRow, all: Member[]): Member[] | undefined {
  if (row.kind !== 'ServiceAccount') return undefined
  return all.filter(({ namespace, name }) => namespace === row.namespace && name === row.name)
}

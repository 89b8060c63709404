import { type Rule, removing, within } from '../check.ts'
import { plural, quoted, settersText, sortedSet } from '../wording.ts'

export const seLinuxTypes: ReadonlySet<string> = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t'])
export const seLinuxTypes31: ReadonlySet<string> = new Set([...seLinuxTypes, 'container_engine_t'])

/** Source: check_seLinuxOptions.go. */
export function seLinuxOptions(allowed: ReadonlySet<string>): Rule {
  return (pod) => {
    const wrong = pod.holders.flatMap((holder) => {
      const { type = '', user = '', role = '' } = holder.security.seLinux ?? {}
      const isBadType = !allowed.has(type)
      if (!isBadType && user === '' && role === '') return []
      return [{ holder, types: isBadType ? [type] : [], user, role }]
    })
    if (wrong.length === 0) return undefined
    const types = sortedSet(wrong.flatMap((one) => one.types))
    const faults = [
      ...(types.length > 0 ? [`${plural(types.length, 'type', 'types')} ${quoted(types)}`] : []),
      ...(wrong.some(({ user }) => user !== '') ? ['user may not be set'] : []),
      ...(wrong.some(({ role }) => role !== '') ? ['role may not be set'] : []),
    ]
    const who = settersText(wrong.map(({ holder }) => holder))
    const paths = wrong.flatMap(({ holder, types, user, role }) => {
      const keys = [
        ...(types.length > 0 ? ['type'] : []),
        ...(user === '' ? [] : ['user']),
        ...(role === '' ? [] : ['role']),
      ]
      return keys.map((key) => within(holder, 'seLinuxOptions', key))
    })
    const detail = `${who} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`
    return { reason: 'seLinuxOptions', detail, paths, fix: removing(paths) }
  }
}

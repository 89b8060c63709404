import type { Binding } from '../snapshot/objects.ts'
import { escapeHostile } from '../text/json.ts'
import { shellLine } from '../text/shell.ts'
import { isAmong, remaining } from './cut-world.ts'

/**
 * The kubectl command that takes subjects (subjectKey) out of a binding: all of them by deleting it. Otherwise each is named by its place, and the
 * server refuses where something else stands there by then.
 */
export function cutCommand(binding: Binding, keys: ReadonlySet<string>): string {
  const { kind, name, namespace } = binding
  const object = [
    `${kind.toLowerCase()}.rbac.authorization.k8s.io`,
    ...(namespace === undefined ? [] : ['-n', namespace]),
  ]
  if (remaining(binding, keys).length === 0) return shellLine(['kubectl', 'delete', ...object, '--', name])
  const places = [...binding.subjects.entries()].filter(([, written]) => isAmong(keys, written, binding)).reverse()
  const patch = places.flatMap(([place, { name }]) => [
    { op: 'test', path: `/subjects/${place}/name`, value: name },
    { op: 'remove', path: `/subjects/${place}` },
  ])
  return shellLine([
    'kubectl',
    'patch',
    ...object,
    '--type=json',
    '-p',
    escapeHostile(JSON.stringify(patch)),
    '--',
    name,
  ])
}

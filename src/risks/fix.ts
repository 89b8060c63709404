import { cutCommand } from '../attack/cut-command.ts'
import { subjectKey } from '../rbac/identity.ts'
import type { BoundRole } from '../rbac/rbac-index.ts'
import type { Binding, Role, Subject } from '../snapshot/objects.ts'
import { escapeHostile } from '../text/json.ts'
import { shellLine } from '../text/shell.ts'
import type { Fix } from './finding.ts'

// Who holds a thing by hundreds of bindings is not helped by hundreds of lines.
const mostCommands = 10
// A role of a thousand rules is not taken apart rule by rule in one command line.
const mostRules = 20

/**
 * What takes grants from a subject: it out of each binding, or the rules out of each role, for all who hold that. The cluster's own roles are
 * put back by the API server, and aggregated ones by their controller, so of those it is the binding that has to go.
 */
export function fixGrants(
  text: string,
  subject: Subject,
  held: readonly { bound: BoundRole; rules: readonly number[] }[],
  isOwn: (role: Role) => boolean,
): Fix {
  const keys = new Set([subjectKey(subject)])
  const bindings = new Set(held.map(({ bound }) => bound.binding))
  const narrowed = held.slice(0, mostCommands).flatMap(({ bound: { role }, rules }) => {
    if (!role || isOwn(role) || role.aggregation || rules.length === 0 || rules.length > mostRules) return []
    return [narrowCommand(role, rules)]
  })
  const cuts = [...bindings].slice(0, mostCommands).map((binding) => cutCommand(binding, keys))
  const more = bindings.size - cuts.length
  const rest = more > 0 ? `; ${more} more bindings give it too` : ''
  const forAll = narrowed.length > 0 ? '; to patch a role takes the rules from all who hold it' : ''
  return { text: `${text}${rest}${forAll}`, commands: [...cuts, ...new Set(narrowed)] }
}

/** The kubectl command that takes rules out of a role; the server refuses where other rules stand there by then. */
export function narrowCommand(role: Role, rules: readonly number[]): string {
  const places = [...new Set(rules)].sort((a, b) => b - a)
  const patch = places.flatMap((place) => [
    { op: 'test', path: `/rules/${place}/verbs`, value: role.rules[place]?.verbs ?? [] },
    { op: 'remove', path: `/rules/${place}` },
  ])
  const at = role.namespace === undefined ? [] : ['-n', role.namespace]
  const object = [`${role.kind.toLowerCase()}.rbac.authorization.k8s.io`, ...at]
  const words = [
    'kubectl',
    'patch',
    ...object,
    '--type=json',
    '-p',
    escapeHostile(JSON.stringify(patch)),
    '--',
    role.name,
  ]
  return shellLine(words)
}

export function deleteBinding({ kind, namespace, name }: Binding): string {
  const at = namespace === undefined ? [] : ['-n', namespace]
  return shellLine(['kubectl', 'delete', `${kind.toLowerCase()}.rbac.authorization.k8s.io`, ...at, '--', name])
}

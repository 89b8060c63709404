import type { Subject } from '../../snapshot/objects.ts'
import type { AttackGraph, AttackRule, AttackWorld, Power, Step } from '../model.ts'
import { addWays, creatable, hasEverything, type Part, partsOf } from './parts.ts'

const create: Power = { verb: 'create', group: '', resource: 'secrets', subresource: '', namespaced: true }
const update: Power = { ...create, verb: 'update' }
const home = 'kube-system'
const tokenName = /^bootstrap-token-[a-z0-9]{6}$/
const userName = /^system:bootstrap:[a-z0-9]{6}$/
const groupName = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

const isSwitchUnseen = 'whether the API server takes bootstrap tokens (--enable-bootstrap-token-auth) is not to be seen'

/**
 * Creates a bootstrap token: its user is named by its id, its groups are its creator's to choose below system:bootstrappers.
 * Source: plugin/pkg/auth/authenticator/token/bootstrap; cluster-bootstrap/token/api.
 */
export const bootstrapTokenRule: AttackRule = {
  id: 'bootstrap-token',
  title: 'Acts as a node that joins, by a bootstrap token',
  role: (held, graph, world) => {
    if ((held.scope !== '*' && held.scope !== home) || hasEverything(held)) return
    for (const part of [...creatable(held, create), ...changeable(partsOf(held, update), world)]) {
      if (part.name !== undefined && !tokenName.test(part.name)) continue
      const id = part.name?.slice('bootstrap-token-'.length)
      for (const to of bootstrappers(graph, world, id)) {
        addWays(held, graph, part, { rule: 'bootstrap-token', to, unsure: isSwitchUnseen })
      }
    }
  },
  state: (graph, world) => {
    for (const { namespace, name } of world.state.secrets) {
      if (namespace !== home || !tokenName.test(name)) continue
      const from = [graph.node({ kind: 'secret', namespace, name })]
      for (const to of bootstrappers(graph, world, name.slice('bootstrap-token-'.length))) {
        const unsure = `${isSwitchUnseen}, nor are the token's groups and end`
        const step: Step = { rule: 'bootstrap-token', from, to, unsure }
        graph.add(step)
      }
    }
  },
}

// Written anew whole, one that is there is its writer's; by a patch it is read (secret-read).
function changeable(parts: Part[], { state }: AttackWorld): Part[] {
  const there = state.secrets.filter(({ namespace, name }) => namespace === home && tokenName.test(name))
  return parts.flatMap((part) => {
    const found = there.find(({ name }) => part.name === undefined || part.name === name)
    return found ? [{ ...part, name: found.name }] : []
  })
}

// Of the subjects that bindings name. One token has all these groups at once.
function bootstrappers(graph: AttackGraph, world: AttackWorld, id: string | undefined): number[] {
  const users = namedIn(world).filter(({ name }) => id === undefined || name === `system:bootstrap:${id}`)
  const groups = namedIn(world).filter(({ kind }) => kind === 'Group')
  const all: Subject = { kind: 'Group', name: 'system:bootstrappers' }
  return [all, ...groups, ...users.filter(({ kind }) => kind === 'User')].map((subject) =>
    graph.node({ kind: 'subject', subject }),
  )
}

const named = new WeakMap<AttackWorld, Subject[]>()

function namedIn(world: AttackWorld): Subject[] {
  const known = named.get(world)
  if (known) return known
  const { clusterRoleBindings, roleBindings } = world.snapshot
  const found = [...clusterRoleBindings, ...roleBindings].flatMap(({ subjects }) =>
    subjects.filter(
      ({ kind, name }) => (kind === 'Group' && groupName.test(name)) || (kind === 'User' && userName.test(name)),
    ),
  )
  named.set(world, found)
  return found
}

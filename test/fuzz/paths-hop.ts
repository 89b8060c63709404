import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackGraph, AttackNode, Step } from '../../src/attack/model.ts'
import type { Actor } from './paths-actor.ts'
import { becoming, type Become, LeftOut } from './paths-become.ts'
import type { Field, Named } from './paths-field.ts'
import { joinAsNode } from './paths-moves-csr.ts'
import { makeAccount, takeToken } from './paths-moves-identity.ts'
import { mint, type readSecret, retarget, useSecret } from './paths-moves-secret.ts'
import { bindTo, hasAll } from './paths-moves-rbac.ts'
import { moveRbac } from './paths-try-rbac.ts'
import { attacked, freeSecret } from './paths-words.ts'

/** What of a node is in hand on the way. */
export type Held = {
  actors: Actor[]
  /** Of what may be given to anybody: gives it; of several roles, one. */
  give?: (to: Actor, node: AttackNode) => Promise<boolean>
  /** Of what stands for many (`any-account`): becomes one of them. */
  become?: Become
  /** Of a right: the roles that give it. */
  roles?: Named[]
  /** Of a right to one secret: what it is called. */
  called?: string
  secret?: NonNullable<Awaited<ReturnType<typeof readSecret>>>
}

export class NoWay extends Error {}

/** Tries until the authorizer knows of what was written; or gives up. */
export async function again<T>(field: Field, move: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const got = await move()
    if (got || tries === 8) return got
    // The authorizer is not all: controllers have their part in it.
    await sleep(50)
    await field.settle()
  }
}

/** Takes one step of a way: what is held then of where it leads. Throws NoWay where the server refuses. */
export async function take(field: Field, graph: AttackGraph, step: Step, before: Held[]): Promise<Held> {
  const node = graph.nodes[step.to]
  const origin = graph.nodes[step.from[0] ?? -1]
  const froms = step.from.map((id) => graph.nodes[id])
  const [first = { actors: [] }] = before
  const what = `${step.rule} to ${node?.kind}`
  if (!node) throw new NoWay('a node is not there')
  const must = async <T>(move: () => Promise<T | undefined | false>): Promise<T> => {
    const got = await again(field, move)
    if (!got) throw new NoWay(`${what}: refused`)
    return got
  }
  const firstOf = async <T>(actors: readonly Actor[], move: (actor: Actor) => Promise<T | undefined | false>) => {
    return await must(async () => {
      for (const actor of actors) {
        const got = await move(actor)
        if (got) return got
      }
      return undefined
    })
  }
  const become = async (how: Become): Promise<Held> => {
    if (isMany(node)) return { actors: first.actors, become: how }
    return await must(async () => await how(node))
  }
  const force = async (actors: Actor[]): Promise<Held> => {
    const known = new Set<string>()
    const namespace = node.kind === 'namespace-admin' ? node.namespace : undefined
    const holder = await must(async () => {
      for (const actor of actors) await moveRbac(field, actor, actors, known)
      await field.settle()
      for (const actor of [field.anchor, ...actors]) if (await hasAll(actor, namespace)) return actor
      return undefined
    })
    return { actors: [holder] }
  }

  const rule: string = step.rule
  switch (rule) {
    case 'holds':
    case 'bound':
    case 'member':
    case 'masters':
    case 'wildcard':
      return { actors: first.actors }
    case 'each':
      if (first.become && !isMany(node)) return await must(async () => await first.become?.(node))
      return first
    case 'part': {
      if (origin?.kind !== 'free-role') {
        const called = nameOf(node) ?? before.find(({ called: known }) => known !== undefined)?.called
        const held = await together(field, before, froms, must)
        return { ...held, roles: rolesOf(step), ...(called === undefined ? {} : { called }) }
      }
      if (node.kind !== 'role') return { actors: [], give: async (to) => (await first.give?.(to, origin)) === true }
      await must(async () => await first.give?.(field.anchor, node))
      return { actors: [field.anchor] }
    }
    case 'bind': {
      const { actors } = await together(field, before, froms, must)
      if (node.kind === 'admin' || node.kind === 'namespace-admin') {
        const role = { kind: 'ClusterRole', name: 'cluster-admin' }
        for (const scope of scopesOf(node)) await firstOf(actors, async (by) => await bindTo(field, by, role, scope))
        return { actors: [field.anchor] }
      }
      // Names of bindings may be few: where it is known which role is passed on, no other is.
      const same = froms.findIndex(
        (from) => from?.kind === 'ability' && node.kind === 'ability' && from.ability === node.ability,
      )
      const meant = before[same]?.roles ?? rolesOf(step)
      return { actors: [], give: async (to, asked) => await giving(field, actors, to, asked, meant) }
    }
    case 'escalate': {
      const emptied = nameOf(froms.find((from) => from?.kind === 'ability' && from.ability === 'rewrite-roles'))
      if (emptied !== undefined && !field.roles.some(({ kind, name }) => kind === 'Role' && name === emptied))
        throw new LeftOut('left out: a Role of the cluster’s own is not emptied')
      return await force((await together(field, before, froms, must)).actors)
    }
    case 'aggregate':
    case 'dangling-role':
      return await force((await together(field, before, froms, must)).actors)
    case 'admin-all': {
      const scopes = origin ? scopesOf(origin) : []
      const role = { kind: 'ClusterRole', name: 'cluster-admin' }
      for (const scope of scopes) await firstOf(first.actors, async (by) => await bindTo(field, by, role, scope))
      if (node.kind === 'namespace-admin') return { actors: [field.anchor] }
      const alone = { actors: [field.anchor] }
      if (node.kind === 'ability' && node.ability === 'node-credential')
        return await become(becoming.certified(field, [alone, alone]))
      return await become(becoming.byAll(field, field.anchor))
    }
    case 'imp-user':
    case 'imp-sa':
    case 'imp-group': {
      const { actors } = await together(field, before, froms, must)
      return await become(becoming.impersonating(field, actors))
    }
    case 'sa-token':
      return await become(becoming.byToken(field, first.actors))
    case 'secret-read': {
      if (!first.secret) return await become(becoming.reading(field, first.actors))
      const { secret } = first
      return { actors: [await must(async () => await useSecret(field, secret))] }
    }
    case 'secret-mint': {
      const isThere = origin?.kind === 'ability' && origin.ability === 'change-secrets'
      const named = before.find(({ called: known }) => known !== undefined)?.called
      return await become(becoming.minting(field, before, named ?? (isThere ? 'key' : freeSecret), isThere))
    }
    case 'csr-approve':
      return await become(becoming.certified(field, before))
    case 'csr-node': {
      const { actors } = await together(field, before, froms, must)
      await firstOf(actors, async (by) => await joinAsNode(field, by))
      return { actors }
    }
    case 'dangling-sa': {
      if (node.kind !== 'subject') throw new NoWay(what)
      const { namespace = '', name } = node.subject
      const all = before.flatMap(({ actors }) => actors)
      await firstOf(first.actors, async (by) => await makeAccount(field, by, { namespace, name }))
      const actor = await firstOf(all, async (by) => {
        return (
          (await takeToken(field, by, { namespace, name })) ??
          (await mint(field, by, all, { namespace, name }, freeSecret)) ??
          (await retarget(field, by, all, { namespace, name }, 'key'))
        )
      })
      return { actors: [actor] }
    }
    default:
      throw new NoWay(`nobody walks ${step.rule}`)
  }
}

/** What several hold together: where one part is anybody's, it is given to who has the other; where all are, to who began. */
async function together(
  field: Field,
  before: Held[],
  froms: (AttackNode | undefined)[],
  must: <T>(move: () => Promise<T | undefined | false>) => Promise<T>,
) {
  const actors = before.flatMap(({ actors }) => actors)
  if (actors.length === 0) actors.push(field.anchor)
  for (const [index, { give }] of before.entries()) {
    const [[to], from] = [actors, froms[index]]
    if (give && to && from) await must(async () => await give(to, from))
  }
  const [first] = before
  const secret = first?.secret
  return { actors: [...new Set(actors)], ...(secret ? { secret } : {}) }
}

/** One role, if it is that; else each role that may be passed on, of which one is meant. */
async function giving(field: Field, actors: Actor[], to: Actor, node: AttackNode, meant: Named[]): Promise<boolean> {
  if (node.kind === 'role' || node.kind === 'free-role') {
    const { kind, name, namespace } = node.role
    const role: Named = { kind, name, ...(namespace === undefined ? {} : { namespace }) }
    const scopes = node.scope === '*' ? ['*'] : [node.scope]
    for (const actor of actors) {
      for (const scope of scopes) if (await bindTo(field, actor, role, scope, to)) return true
    }
    return false
  }
  let isGiven = false
  for (const role of meant.length > 0 ? meant : field.roles) {
    for (const scope of ['*', ...attacked]) {
      for (const actor of actors) if (await bindTo(field, actor, role, scope, to)) isGiven = true
    }
  }
  if (isGiven) await field.settle()
  return isGiven
}

function rolesOf({ rights = [] }: Step): Named[] {
  return [...new Set(rights.map(({ role }) => role))].map(({ kind, name, namespace }) => {
    return { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  })
}

function scopesOf(node: AttackNode): string[] {
  if (node.kind !== 'namespace-admin') return ['*']
  return node.namespace === '*' ? [...attacked] : [node.namespace]
}

// Of free secrets the name of the node is a range of namespaces.
function nameOf(node: AttackNode | undefined): string | undefined {
  return node?.kind === 'ability' && !node.ability.endsWith('-free-secret') ? node.name : undefined
}

function isMany(node: AttackNode): boolean {
  if (node.kind === 'ability') return node.ability === 'name-account'
  return node.kind.startsWith('any-')
}

import type { AttackNode } from '../../src/attack/model.ts'
import type { Subject } from '../../src/snapshot/objects.ts'
import type { Actor } from './paths-actor.ts'
import type { Field } from './paths-field.ts'
import type { Held } from './paths-hop.ts'
import * as csr from './paths-moves-csr.ts'
import * as identity from './paths-moves-identity.ts'
import * as onSecrets from './paths-moves-secret.ts'
import { accounts, users } from './paths-words.ts'

/** What nobody here can do, and so nobody can judge. */
export class LeftOut extends Error {}

export type Become = (node: AttackNode) => Promise<Held | undefined>

const userName = ({ kind, namespace = '', name }: Subject) => {
  return kind === 'ServiceAccount' ? identity.userOf({ namespace, name }) : name
}
const as = (actor: Actor | undefined): Held | undefined => (actor ? { actors: [actor] } : undefined)

async function first(actors: readonly Actor[], move: (actor: Actor) => Promise<Held | undefined>) {
  for (const actor of actors) {
    const got = await move(actor)
    if (got) return got
  }
  return undefined
}

/** How somebody who stands for many becomes one of them. */
export const becoming = {
  impersonating:
    (field: Field, actors: readonly Actor[]): Become =>
    async (node) => {
      if (node.kind !== 'subject') return undefined
      const { subject } = node
      return await first(actors, async (actor) => {
        if (subject.kind !== 'Group') return as(await identity.actAsUser(field, actor, userName(subject)))
        for (const user of [
          ...users,
          ...accounts.map(identity.userOf),
          'system:serviceaccount:fuzz-a:gone',
          'system:serviceaccount:fuzz-b:gone',
        ]) {
          const got = await identity.actAsUser(field, actor, user, [subject.name])
          if (got) return as(got)
        }
        return undefined
      })
    },

  byToken:
    (field: Field, actors: readonly Actor[]): Become =>
    async (node) => {
      if (node.kind !== 'subject') return undefined
      const { namespace = '', name } = node.subject
      return await first(actors, async (actor) => as(await identity.takeToken(field, actor, { namespace, name })))
    },

  reading:
    (field: Field, actors: readonly Actor[]): Become =>
    async (node) => {
      if (node.kind !== 'secret') return undefined
      return await first(actors, async (actor) => {
        const secret = await onSecrets.readSecret(field, actor, node.namespace, node.name)
        return secret && { actors: [actor], secret }
      })
    },

  minting:
    (field: Field, [makers, readers = makers]: Held[], called: string, isThere: boolean): Become =>
    async (node) => {
      if (node.kind !== 'subject') return undefined
      const { namespace = '', name } = node.subject
      const account = { namespace, name }
      const reading = readers?.actors ?? []
      const making = makers?.actors ?? []
      const move = isThere ? onSecrets.retarget : onSecrets.mint
      const made = await first(making, async (maker) => as(await move(field, maker, reading, account, called)))
      if (made || isThere) return made
      const all = [...making, ...reading]
      return as(await onSecrets.remake(field, [all, making, reading], account, called))
    },

  certified:
    (field: Field, [askers, approvers]: Held[]): Become =>
    async (node) => {
      const isNode = node.kind === 'ability'
      if (!isNode && node.kind !== 'subject') return undefined
      const [user, groups] = isNode
        ? ['system:node:joining', ['system:nodes']]
        : node.subject.kind === 'Group'
          ? ['somebody', [node.subject.name]]
          : [userName(node.subject), []]
      if (user.length > 64) throw new LeftOut('left out: openssl requests no certificate of so long a name')
      for (const signer of isNode ? [csr.client, csr.kubelet] : [csr.client]) {
        const found = await first(askers?.actors ?? [], async (asker) => {
          const name = await csr.askCertificate(field, asker, user, groups, signer)
          if (name === undefined) return undefined
          return await first(approvers?.actors ?? [], async (approver) => {
            const certificate = await csr.approve(field, approver, name)
            return certificate === undefined ? undefined : as(await field.wardrobe.certificate(certificate))
          })
        })
        if (found) return found
      }
      return undefined
    },

  /** Who has everything, or everything in a namespace, takes credentials that are good for whatever follows. */
  byAll:
    (field: Field, actor: Actor): Become =>
    async (node) => {
      if (node.kind === 'secret') return await becoming.reading(field, [actor])(node)
      if (node.kind !== 'subject') return { actors: [actor] }
      const { kind, namespace = '', name } = node.subject
      if (kind === 'ServiceAccount') {
        await identity.makeAccount(field, actor, { namespace, name })
        return as(await identity.takeToken(field, actor, { namespace, name }))
      }
      const held = { actors: [actor] }
      return name === 'system:masters'
        ? await becoming.impersonating(field, [actor])(node)
        : await becoming.certified(field, [held, held])(node)
    },
}

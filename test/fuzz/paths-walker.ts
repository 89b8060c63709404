import { type Actor } from './paths-actor.ts'
import type { Field } from './paths-field.ts'
import * as csr from './paths-moves-csr.ts'
import * as identity from './paths-moves-identity.ts'
import * as onSecrets from './paths-moves-secret.ts'
import { hasAll } from './paths-moves-rbac.ts'
import { moveRbac } from './paths-try-rbac.ts'
import {
  accounts,
  controller,
  controllerUser,
  freeSecret,
  groups,
  missingAccounts,
  places,
  secrets,
  users,
} from './paths-words.ts'

/** What an attack got, in words of its own. */
export type Loot = { actors: Actor[]; secrets: Set<string>; isNode: boolean }
export type Reached = Set<string>

const everybody = [controller, ...accounts, ...missingAccounts]
const everyUser = [controllerUser, ...users, ...everybody.map(identity.userOf)]
const masters = 'system:masters'
// openssl writes no longer ones into a request.
const longestName = 64

/**
 * Escalates by trying: every move, with everybody that it acts as, until nothing more comes of it. What it may not do, the server says; what leads
 * where, it does not know.
 */
export async function walk(field: Field): Promise<Loot> {
  const loot: Loot = { actors: [field.anchor], secrets: new Set(), isNode: false }
  const tried = new Set<string>()
  for (let quiet = 0; quiet < 2; ) {
    const isNew = await round(field, loot, tried)
    quiet = isNew ? 0 : quiet + 1
    if (isNew || quiet === 1) await field.settle()
    // Who has everything has all that is compared.
    for (const actor of loot.actors) if (await hasAll(actor)) return loot
  }
  return loot
}

async function round(field: Field, loot: Loot, held: Set<string>): Promise<boolean> {
  let isNew = false
  const take = (actor: Actor | undefined) => {
    if (!actor) return
    const same = (one: Actor) => keyOf(one) === keyOf(actor) && (one.isOwn || !actor.isOwn)
    if (loot.actors.some(same)) return
    loot.actors.push(actor)
    isNew = true
  }
  for (const actor of loot.actors.slice()) {
    if (await moveRbac(field, actor, loot.actors, held)) isNew = true
    await impersonate(field, actor, loot, take)
    for (const account of everybody) {
      if (held.has(`token ${identity.userOf(account)}`)) continue
      const taken = await identity.takeToken(field, actor, account)
      if (taken) held.add(`token ${identity.userOf(account)}`)
      take(taken)
    }
    for (const account of missingAccounts) {
      const key = `account ${identity.userOf(account)}`
      if (!held.has(key) && (await identity.makeAccount(field, actor, account))) {
        held.add(key)
        isNew = true
      }
    }
    for (const { namespace, name } of secrets) {
      const key = `${namespace}/${name}`
      if (loot.secrets.has(key)) continue
      const secret = await onSecrets.readSecret(field, actor, namespace, name)
      if (!secret) continue
      loot.secrets.add(key)
      isNew = true
      take(await onSecrets.useSecret(field, secret))
    }
    await mintAll(field, actor, loot, held, take)
    if (!loot.isNode && (await csr.joinAsNode(field, actor))) isNew = loot.isNode = true
    await certify(field, actor, loot, held, take)
  }
  return isNew
}

async function impersonate(field: Field, actor: Actor, { actors }: Loot, take: (actor?: Actor) => void): Promise<void> {
  if (!actor.isOwn) return
  const isHeld = (user: string) => actors.some((one) => one.user === user && one.groups.length < 5)
  let somebody: string | undefined
  for (const user of everyUser) {
    const acting = await identity.actAsUser(field, actor, user)
    if (acting) somebody = user
    if (acting && !isHeld(user)) take(acting)
    // With all groups at once: one request may need the rights of several.
    if (acting) take(await withGroups(field, actor, user))
  }
  if (somebody !== undefined) take(await identity.actAsUser(field, actor, somebody, [masters]))
}

async function withGroups(field: Field, actor: Actor, user: string): Promise<Actor | undefined> {
  const allowed: string[] = []
  for (const group of groups) if (await identity.actAsUser(field, actor, user, [group])) allowed.push(group)
  return allowed.length === 0 ? undefined : await identity.actAsUser(field, actor, user, allowed)
}

async function mintAll(field: Field, actor: Actor, loot: Loot, held: Set<string>, take: (actor?: Actor) => void) {
  for (const account of everybody) {
    // No controller writes a token of an account that is not there.
    if (held.has(`token ${identity.userOf(account)}`) || !(await identity.isThere(field, account))) continue
    let minted = await onSecrets.mint(field, actor, loot.actors, account, freeSecret)
    for (const { namespace, name } of secrets) {
      if (namespace !== account.namespace) continue
      minted ??= await onSecrets.retarget(field, actor, loot.actors, account, name)
      minted ??= await onSecrets.remake(field, [loot.actors, [actor], loot.actors], account, name)
    }
    if (minted) held.add(`token ${identity.userOf(account)}`)
    take(minted)
  }
}

async function certify(field: Field, actor: Actor, loot: Loot, held: Set<string>, take: (actor?: Actor) => void) {
  const ask = async (user: string, asked: string[], signer = csr.client): Promise<string | undefined> => {
    const name = await csr.askCertificate(field, actor, user, asked, signer)
    if (name === undefined) return undefined
    for (const approver of loot.actors) {
      const certificate = await csr.approve(field, approver, name)
      if (certificate !== undefined) return certificate
    }
    return undefined
  }
  if (!loot.isNode && (await ask('system:node:joining', ['system:nodes'], csr.kubelet)) !== undefined)
    loot.isNode = true
  for (const user of everyUser) {
    if (user.length > longestName || held.has(`certificate ${user}`)) continue
    const certificate = await ask(user, groups)
    if (certificate === undefined) return
    held.add(`certificate ${user}`)
    take(await field.wardrobe.certificate(certificate))
  }
}

function keyOf({ user, groups }: Actor): string {
  return `${user} ${groups.toSorted().join()}`
}

/** What an attack came to hold, in the words in which it is compared. */
export async function reachedBy({ actors, secrets, isNode }: Loot): Promise<Reached> {
  const reached: Reached = new Set([...secrets].map((secret) => `secret:${secret}`))
  if (isNode) reached.add('node-credential')
  for (const actor of actors) {
    const account = everybody.find((each) => identity.userOf(each) === actor.user)
    reached.add(account ? `sa:${account.namespace}/${account.name}` : `user:${actor.user}`)
    for (const group of actor.groups) reached.add(`group:${group}`)
    if (await hasAll(actor)) reached.add('admin')
    for (const namespace of places) if (await hasAll(actor, namespace)) reached.add(`ns:${namespace}`)
  }
  return reached
}

import { needCoverage } from '../audit-log/coverage/need.ts'
import type { AuditPolicy, AuditRule } from '../audit-log/coverage/policy.ts'
import { type Need, needsOf } from '../audit-log/questions/question.ts'
import { type Atom, atomKey, ruleCovers, ruleOf } from './atom.ts'
import { type Seen, seenBy } from './hidden-subject.ts'
import { needsOfVirtual, traceless } from './virtual-verbs.ts'

/** A part of an atom whose use would not show in the log, and why. */
export type Hidden = { atom: Atom; why: string }

/** Finds the hidden parts of an atom. */
export type FindHidden = (atom: Atom) => Hidden[]

// Stands for all words that no rule of the policy has.
const other = '\0'

/** What a log cannot show of rights, by its audit policy. */
export class Blindness {
  readonly #policy: AuditPolicy | undefined
  readonly #reviews: boolean
  /** By the rules that are for a subject: most subjects have the same. */
  readonly #known = new Map<string, FindHidden>()

  constructor(policy: AuditPolicy | undefined) {
    this.#policy = policy
    this.#reviews =
      policy !== undefined &&
      needsOf([{ verbs: ['create'], group: 'authorization.k8s.io', resources: reviews }], 'Request').every(
        (need) => lack(policy, need) === undefined,
      )
  }

  /**
   * What finds the parts of an atom whose use by this subject, in this scope, would not show: all of it, or of a wildcard the kinds that are left
   * out. The same function for all to whom the policy is the same.
   */
  of(subject: Seen, scope: string): FindHidden {
    const policy = this.#policy
    if (!policy) return unknownPolicy
    const own = seenBy(policy, subject, scope)
    const signature = JSON.stringify(own.rules)
    let find = this.#known.get(signature)
    if (!find) {
      const parts = new Map<string, Hidden[]>()
      find = (atom) => {
        const key = atomKey(atom)
        const found = parts.get(key) ?? hiddenParts(own, atom, this.#reviews)
        parts.set(key, found)
        return found
      }
      this.#known.set(signature, find)
    }
    return find
  }
}

const unknownPolicy: FindHidden = (atom) => [
  { atom, why: 'without the audit policy (--audit-policy) nobody knows what is logged' },
]
const reviews = ['subjectaccessreviews', 'localsubjectaccessreviews']

function hiddenParts(own: AuditPolicy, atom: Atom, areReviewsLogged: boolean): Hidden[] {
  const trace = traceless(atom, areReviewsLogged)
  if (trace !== undefined) return [{ atom, why: trace }]
  const virtual = needsOfVirtual(atom)
  if (virtual) {
    const why = virtual.map((need) => lack(own, need)).find((one) => one !== undefined)
    return why === undefined ? [] : [{ atom, why }]
  }
  const rest = lacks(own, atom)
  if (rest !== undefined) return [{ atom, why: rest }]
  const parts = new Map<string, Hidden>()
  for (const part of own.rules.flatMap((rule) => partsBy(rule, atom))) {
    const why = lacks(own, part)
    if (why !== undefined) parts.set(atomKey(part), { atom: part, why })
  }
  return [...parts.values()]
}

/** Why the log lacks requests of an atom; of a wildcard, of those that no rule of the policy names. */
function lacks(policy: AuditPolicy, atom: Atom): string | undefined {
  const verb = atom.verb === '*' ? other : atom.verb
  if ('url' in atom) return lack(policy, { verb, path: atom.url === '*' ? other : atom.url, level: 'Metadata' })
  const { group, resource } = atom
  const [own = '', subresource] = resource === '*' ? [other] : resource.split('/')
  const [need] = needsOf([
    {
      verbs: [verb],
      group: group === '*' ? other : group,
      resources: [own === '*' ? other : own],
      ...(subresource !== undefined && { subresource }),
    },
  ])
  return need && lack(policy, need)
}

function lack(policy: AuditPolicy, need: Need): string | undefined {
  const { verdict, why } = needCoverage(policy, need)
  return verdict === 'logged' ? undefined : `the audit policy: ${why.join('; ')}`
}

/** What of a wildcard a rule of the policy is about. */
function partsBy({ verbs, resources, nonResourceURLs }: AuditRule, atom: Atom): Atom[] {
  const rule = ruleOf(atom)
  const words = (of: string, all: string, theirs: readonly string[]) =>
    of === all && theirs.length > 0 ? theirs : [of]
  const its = words(atom.verb, '*', verbs)
  if ('url' in atom)
    return its.flatMap((verb) =>
      (atom.url.endsWith('*') ? nonResourceURLs : [])
        .map((url) => ({ verb, url }))
        .filter((part) => ruleCovers(rule, part)),
    )
  if (resources.length === 0) return its.map((verb) => ({ ...atom, verb }))
  return its.flatMap((verb) =>
    resources.flatMap((entry) => {
      const group = atom.group === '*' ? entry.group : atom.group
      const named = entry.resources.length === 0 ? ['*'] : entry.resources
      return named.flatMap((word) =>
        narrower(atom.resource, word).map((resource) => ({ ...atom, verb, group, resource })),
      )
    }),
  )
}

/** What two words for resources have in common, in RBAC's words. An audit policy's `pods/*` is every subresource of pods, for which RBAC has none. */
function narrower(own: string, word: string): string[] {
  if (!own.includes('*')) return [own]
  if (word === '*') return [own]
  if (own === '*') return [word.endsWith('/*') ? '*' : word]
  const part = own.slice(1)
  if (word.endsWith('/*')) return [`${word.slice(0, -2)}${part}`]
  return word.endsWith(part) ? [word] : []
}

import { depthOf, type Level, type Stage } from '../event.ts'
import type { Need } from '../questions/question.ts'
import { pathMatches, resourceMatches, stagesOmitted } from './evaluate.ts'
import type { AuditPolicy, AuditRule } from './policy.ts'

/** `logged`: all such requests; `partly`: those of some users, namespaces or names, or without their outcome. */
export type NeedCoverage = { need: Need; verdict: 'logged' | 'partly' | 'not-logged'; why: string[] }

/**
 * How much of a kind of request a policy logs, over all users, namespaces and names: the rules that match some of them
 * count as exceptions, up to the first that matches all.
 */
export function needCoverage(policy: AuditPolicy, need: Need): NeedCoverage {
  const parts: { fits: boolean; text: string }[] = []
  for (const [index, rule] of policy.rules.entries()) {
    const match = reachOf(rule, need)
    if (!match) continue
    const { fits, why } = shows(rule.level, stagesOmitted(policy, rule), need)
    parts.push({ fits, text: `rules[${index}]${match.only ? ` for ${match.only}` : ''}: ${why}` })
    if (!match.only) return verdict(need, parts)
  }
  parts.push({ fits: false, text: 'no rule for the rest: not logged' })
  return verdict(need, parts)
}

function verdict(need: Need, parts: { fits: boolean; text: string }[]): NeedCoverage {
  const lacking = parts.filter(({ fits }) => !fits)
  const why = lacking.map(({ text }) => text)
  if (lacking.length === 0) return { need, verdict: 'logged', why }
  return { need, verdict: lacking.length === parts.length ? 'not-logged' : 'partly', why }
}

/** Whether what is logged answers. A request that is not long-running has its outcome in ResponseComplete alone. */
function shows(level: Level, omitted: Stage[], need: Need): { fits: boolean; why: string } {
  if (depthOf(level) < depthOf(need.level)) {
    return { fits: false, why: level === 'None' ? 'not logged' : `only level ${level}` }
  }
  const has = (stage: Stage) => !omitted.includes(stage)
  // Such a body is no JSON, and with it the API server cannot write the event at all (test/real/audit-log/patches.test.ts).
  if (need.verb === 'patch' && level !== 'Metadata' && !has('RequestReceived')) {
    return {
      fits: false,
      why: `level ${level} without stage RequestReceived: a server-side apply sent as YAML is not logged`,
    }
  }
  // A failed authentication writes nothing but ResponseStarted (endpoints/filters/authn_audit.go).
  const fits =
    need.user === 'none'
      ? has('ResponseStarted')
      : has('ResponseComplete') || (need.longRunning === true && has('ResponseStarted'))
  return { fits, why: fits ? `level ${level}` : `without its outcome (omitStages ${omitted.join(', ')})` }
}

/** Which of the requests of a need a rule is for: none (undefined), all, or only some. */
function reachOf(rule: AuditRule, need: Need): { only?: string } | undefined {
  const { verb, user } = need
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return undefined
  const only: string[] = []
  if (user) {
    const known = user === 'none' ? undefined : user
    if (rule.users.length > 0 && !(known && rule.users.includes(known.name))) return undefined
    if (rule.userGroups.length > 0 && !known?.groups.some((group) => rule.userGroups.includes(group))) return undefined
  } else {
    if (rule.users.length > 0) only.push(`users ${rule.users.join(', ')}`)
    // Everyone who was authenticated; nobody and a 401 have needs of their own.
    if (rule.userGroups.length > 0 && !rule.userGroups.includes('system:authenticated'))
      only.push(`groups ${rule.userGroups.join(', ')}`)
  }
  if (need.path !== undefined) {
    if (rule.namespaces.length > 0 || rule.resources.length > 0) return undefined
    const { path } = need
    if (rule.nonResourceURLs.length > 0 && !rule.nonResourceURLs.some((pattern) => pathMatches(pattern, path)))
      return undefined
  } else {
    if (rule.nonResourceURLs.length > 0) return undefined
    if (rule.namespaces.length > 0)
      only.push(`namespaces ${rule.namespaces.map((name) => name || '(none)').join(', ')}`)
    const names = rule.resources.length > 0 ? namesOf(rule, need) : []
    if (!names) return undefined
    if (names.length > 0) only.push(`names ${names.join(', ')}`)
  }
  return only.length > 0 ? { only: only.join(' and ') } : {}
}

/** The names to which a rule keeps; none where it is for all, undefined where it is for another resource. */
function namesOf(rule: AuditRule, need: Need): string[] | undefined {
  const { verb, group = '', resource = '', subresource = '' } = need
  const entries = rule.resources.filter((entry) => resourceMatches(entry, { group, resource, subresource }))
  // The name of what is created is in its body, which the policy does not see.
  const nameless = verb === 'create' && subresource === ''
  const kept = entries.filter(
    ({ resourceNames }) => !nameless || resourceNames.length === 0 || resourceNames.includes(''),
  )
  if (kept.length === 0) return undefined
  return nameless || kept.some(({ resourceNames }) => resourceNames.length === 0)
    ? []
    : kept.flatMap(({ resourceNames }) => resourceNames)
}

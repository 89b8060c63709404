import { type CreateChange, markPrefix, objectName, planLabel } from '../../change/plan.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import { bothSelectors, endText, labelsSelector, portsText } from './ends.ts'
import { selectorBody, side } from './policy-body.ts'
import type { PolicyRule, RuleSet } from './rules.ts'
import { sourceText } from './words.ts'

/** How objects of a plan are called: so that nobody can have been there before, or for people who keep them in Git. */
export type Naming = { planId: string; names: 'unguessable' | 'readable' }

/** A rule as it is reported, with where it came from. */
export type PlannedRule = PolicyRule & { policy: string; workload: string }

export const sourcesAnnotation = `${markPrefix}sources`
// An object has room for 256 KiB of annotations, and others want some of it.
const longestSources = 16_384
const mostSources = 3

/**
 * The policies of a rule set, in the order in which they are made. A policy cuts its pods off from all that it does not let through, as soon as it
 * is there: so each is whole in itself, and the one for all pods is last. No connection that stays is cut in between, nor by undo.
 */
export function policiesOf(
  { closed, wide, subjects }: RuleSet,
  namespace: string,
  selection: LabelSelector | undefined,
  naming: Naming,
): { changes: CreateChange[]; rules: PlannedRule[] } {
  const names = new Set<string>()
  const policies = [
    ...subjects.map(({ name, selector, rules }) => ({
      workload: name,
      name: nameOf(naming, name, names),
      selector: bothSelectors(selector, selection),
      rules: [...wide, ...rules],
      why: `lets through what ${name} needs, and nothing else`,
    })),
    {
      workload: '*',
      name: nameOf(naming, 'default', names),
      selector: selection ?? labelsSelector({}),
      rules: wide,
      why: `denies ${closed.join(' and ')} to ${selection ? 'the selected pods' : 'all pods'} of the namespace${wide.length > 0 ? ', but for what is for all of them' : ''}`,
    },
  ]
  const changes = policies.map(({ name, selector, rules, why }, index): CreateChange => {
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name,
        namespace,
        labels: { [planLabel]: naming.planId },
        ...(rules.length > 0 ? { annotations: { [sourcesAnnotation]: sourcesText(rules) } } : {}),
      },
      spec: {
        podSelector: selectorBody(selector),
        policyTypes: closed.map((direction) => (direction === 'ingress' ? 'Ingress' : 'Egress')),
        ...side(rules, 'ingress', namespace),
        ...side(rules, 'egress', namespace),
      },
    }
    const { apiVersion, kind } = body
    return {
      id: `network-${index + 1}`,
      do: 'create',
      why,
      ref: { apiVersion, kind, resource: 'networkpolicies', namespace, name },
      body,
    }
  })
  const rules = policies.flatMap(({ name, workload, rules: own }) =>
    own.map((rule) => ({ policy: name, workload, ...rule })),
  )
  return { changes, rules }
}

/** A line a rule. */
function sourcesText(rules: readonly PolicyRule[]): string {
  const lines = (['ingress', 'egress'] as const).flatMap((direction) =>
    rules
      .filter((rule) => rule.direction === direction)
      .map(({ peer, ports, by }, index) => {
        const more = by.length > mostSources ? ` and ${by.length - mostSources} more` : ''
        const sources = by.slice(0, mostSources).map(sourceText)
        return `${direction}[${index}]: ${endText(peer)}, ${portsText(ports)} (${sources.join('; ')}${more})`
      }),
  )
  const text = lines.join('\n')
  return text.length > longestSources ? `${text.slice(0, longestSources)}…` : text
}

/** A name that an object may have, each once: what a workload is called in a file may be anything. */
function nameOf({ planId, names }: Naming, about: string, taken: Set<string>): string {
  const plain = about
    .slice(0, 253)
    .toLowerCase()
    .replaceAll('/', '-')
    .replaceAll(/[^a-z\d.-]/g, '')
    .replaceAll(/[.-]*\.[.-]*/g, '.')
    .slice(0, 180)
  const suffix = plain.replaceAll(/^[.-]+|[.-]+$/g, '') || 'pods'
  const name = names === 'readable' ? `lockdown-${suffix}` : objectName(planId, suffix)
  let unique = name
  for (let count = 2; taken.has(unique); count += 1) unique = `${name}-${count}`
  taken.add(unique)
  return unique
}

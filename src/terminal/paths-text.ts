import type { Holding, Hop, Target } from '../attack/report.ts'
import type { StateFact } from '../attack/model.ts'
import type { Grant } from '../rbac/report.ts'
import { refText } from './rbac-tables.ts'

const wholes: Partial<Record<Holding['kind'], string>> = {
  'any-account': 'any service account',
  'any-pod': 'any pod',
  'any-secret': 'any secret',
  'any-node': 'any node',
  'any-user': 'any user',
  'any-group': 'any group',
  'namespace-admin': 'everything',
}

/** What is held, in words: `sa:shop/web`, `any service account in shop`, `create-pods in shop`. Raw text. */
export function holdingText({ kind, text }: Holding): string {
  const whole = wholes[kind]
  if (whole === undefined && kind !== 'ability') return text
  const colon = text.indexOf(':')
  if (colon < 0) return whole ?? text
  const scope = text.slice(colon + 1)
  const where =
    scope === '*' ? (kind === 'ability' ? '' : kind === 'namespace-admin' ? ' in every namespace' : '') : ` in ${scope}`
  return `${whole ?? text.slice(0, colon)}${where}`
}

/** `admin`, `a node`, `ns:shop`: a target as a heading says it. Raw text. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'admin':
      return 'admin'
    case 'node':
      return target.name === undefined ? 'a node' : `node:${target.name}`
    case 'namespace':
      return `ns:${target.namespace}`
    case 'secret':
      return `secret:${target.namespace}/${target.name}`
    case 'account':
      return `sa:${target.namespace}/${target.name}`
  }
}

/** A binding, its role, and which rule of it, from 0: `RoleBinding/shop/dev → ClusterRole/edit rule 4`. Raw text. */
export function grantText({ binding, roleRef, rule, assumed }: Grant): string {
  const which = rule ? ` rule ${rule.index}` : ''
  return `${refText(binding)} → ${roleRef.kind}/${roleRef.name}${which}${assumed ? ' (assumed)' : ''}`
}

/** `Pod shop/web-0 spec.hostPID is true`. Raw text. */
export function stateText({ kind, namespace, name, field, says }: StateFact): string {
  const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  return [object, ...(field === undefined ? [] : [field]), says].join(' ')
}

/** What makes a hop possible, and what speaks against it; each part a text. Raw text. */
export function becauseTexts({ grants, groups, state, waits, unsure }: Hop): string[] {
  const asMember = groups && groups.length > 0 ? ` (as a member of ${groups.join(', ')})` : ''
  const held = grants.map(grantText)
  return [
    ...new Set(
      held.length === 0 && asMember !== '' ? [asMember.slice(2, -1)] : held.map((text) => `${text}${asMember}`),
    ),
    ...state.map(stateText),
    ...(waits === undefined ? [] : [`waits: ${waits}`]),
    ...(unsure === undefined ? [] : [`not sure: ${unsure}`]),
  ]
}

export function hopsText(count: number): string {
  return count === 1 ? '1 hop' : `${count} hops`
}

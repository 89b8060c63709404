import type { RequestAttributes } from '../audit-log/event.ts'
import type { Outcome } from '../audit-log/outcome.ts'
import { typeText } from './rbac-tables.ts'

const account = /^system:serviceaccount:([^:/]+):([^:/]+)$/

/** Who acted, as --subject takes it, and in whose name. Raw text. */
export function actorText({ by, as }: { by: string; as?: string }): string {
  const actor = by === '' ? '(nobody)' : subjectText(by)
  return as === undefined ? actor : `${actor} as ${subjectText(as)}`
}

function subjectText(name: string): string {
  const [, namespace, own] = account.exec(name) ?? []
  return namespace !== undefined && own !== undefined ? `sa:${namespace}/${own}` : `user:${name}`
}

/** What it was done to; `-` where that was no object. Raw text. */
export function targetText({
  namespace,
  name,
  names,
}: {
  namespace?: string
  name?: string
  names?: string[]
}): string {
  const own = name ?? (names === undefined ? undefined : namesText(names))
  if (namespace === undefined) return own ?? '-'
  return `${namespace}/${own ?? '*'}`
}

function namesText(names: string[]): string {
  const rest = names.length > 3 ? ',…' : ''
  return `{${names.slice(0, 3).join(',')}${rest}}`
}

/** What became of it, with what the server answered where that was no success. */
export function outcomeText(outcome: Outcome | undefined): string {
  if (!outcome) return '-'
  const { result, code } = outcome
  return code === undefined || result === 'done' || result === 'open' ? result : `${result} ${code}`
}

/** A time to the second; as it is where it is none. */
export function secondText(time: string): string {
  return time === '' ? 'unknown' : time.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$/, '$1Z')
}

/** A request as the authorizer was asked about it. Raw text. */
export function requestText(request: RequestAttributes): string {
  if ('path' in request) return `${request.verb} ${request.path}`
  const { verb, group, resource, subresource, namespace, name } = request
  const place = namespace === '' ? '' : ` in ${namespace}`
  return `${verb} ${typeText(group, resource, subresource)}${name === '' ? '' : ` ${name}`}${place}`
}

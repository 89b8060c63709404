import type { StatusFacts } from '../errors.ts'
import type { Answer } from './cluster.ts'

// The server quotes a patch that decodes badly, twice; nothing else is near as long.
const maxBytes = 16 * 1024 * 1024

/** The Status in the body of an answer, or undefined when there is none that can be read. `message` is as long as it came. */
export function readStatus({ status: code, body }: Answer): (StatusFacts & { message: string }) | undefined {
  if (body.length > maxBytes) return undefined
  let status: unknown
  try {
    status = JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
  const message = text(status, 'message')
  const details = field(status, 'details')
  const causes = field(details, 'causes')
  if (field(status, 'kind') !== 'Status' && message === '') return undefined
  return {
    code,
    message,
    reason: text(status, 'reason'),
    kind: text(details, 'kind'),
    name: text(details, 'name'),
    causes: (Array.isArray(causes) ? causes : []).map((cause) => ({
      reason: text(cause, 'reason'),
      field: text(cause, 'field'),
      message: text(cause, 'message'),
    })),
  }
}

function field(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined
}

function text(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

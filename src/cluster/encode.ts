import { SecureError } from '../errors.ts'
import type { Answer, Request } from './cluster.ts'
import type { Credential } from './credentials.ts'
import { describe } from './wording.ts'

/** The headers and the bytes of a request: `shared` for every request, then the credential, then the request's own. */
export function encode(
  request: Request,
  shared: Record<string, string | string[]>,
  credential: Credential,
): { headers: Record<string, string | string[] | number>; body: Buffer | undefined } {
  const { body } = request
  const sent = body === undefined ? undefined : toBytes(body)
  return {
    body: sent,
    headers: {
      accept: 'application/json',
      ...shared,
      ...(credential.authorization !== undefined && { authorization: credential.authorization }),
      ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': sent.length }),
      ...Object.fromEntries(Object.entries(request.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
    },
  }
}

// Bytes, not text: Node joins a body of text to the headers and then sends both as UTF-8, which garbles the names in them.
function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The JSON of an answer. Throws SecureError `bad-answer`, without quoting it. */
export function parse(request: Request, answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch (cause) {
    const type = answer.headers['content-type'] ?? 'no content type'
    const what = type.includes('json') ? 'is broken JSON' : `is not JSON (${type.slice(0, 100)})`
    throw new SecureError('bad-answer', `${describe(request)}: the answer ${what}, ${answer.body.length} bytes`, {
      cause,
    })
  }
}

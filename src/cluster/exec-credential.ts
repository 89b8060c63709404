import { SecureError } from '../errors.ts'
import type { Credential } from './credentials.ts'

/**
 * What a credential plugin printed, as a credential. `expires` is in milliseconds since 1970, Infinity when it says nothing.
 * Throws SecureError `kubeconfig` that never quotes the output, which holds secrets.
 * Rule: refreshCredsLocked in client-go's plugin/pkg/client/auth/exec/exec.go.
 */
export function parseExecCredential(stdout: string, apiVersion: string): { credential: Credential; expires: number } {
  let answer: { kind?: unknown; apiVersion?: unknown; status?: unknown } | null
  try {
    answer = JSON.parse(stdout) as typeof answer
  } catch {
    throw bad('did not print JSON')
  }
  if (answer === null || typeof answer !== 'object') throw bad('did not print an ExecCredential')
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== apiVersion) {
    throw bad(
      `must print an ExecCredential of ${apiVersion}, and printed ${named(answer.kind)} of ${named(answer.apiVersion)}`,
    )
  }
  const status = answer.status
  if (status === null || typeof status !== 'object') throw bad("didn't return a status field")
  const token = text(status, 'token')
  const cert = text(status, 'clientCertificateData')
  const key = text(status, 'clientKeyData')
  if (token === undefined && cert === undefined && key === undefined)
    throw bad("didn't return a token or cert/key pair")
  if ((cert === undefined) !== (key === undefined)) throw bad('returned only certificate or key, not both')
  if (token !== undefined && /[^\x20-\x7e]/.test(token))
    throw bad('returned a token with characters that a token cannot have')
  const expiry = text(status, 'expirationTimestamp')
  const expires = expiry === undefined ? Infinity : Date.parse(expiry)
  if (Number.isNaN(expires)) throw bad('returned an expirationTimestamp that is no time')
  return {
    credential: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(cert !== undefined && key !== undefined && { certificate: { cert, key } }),
    },
    expires,
  }
}

function text(status: object, name: string): string | undefined {
  const value: unknown = (status as Record<string, unknown>)[name] ?? ''
  if (typeof value !== 'string') throw bad(`returned a ${name} that is not text`)
  return value === '' ? undefined : value
}

function named(value: unknown): string {
  return typeof value === 'string' && /^[\w./-]{1,80}$/.test(value) ? value : 'something else'
}

function bad(what: string): SecureError {
  return new SecureError('kubeconfig', `the credential plugin ${what}`)
}

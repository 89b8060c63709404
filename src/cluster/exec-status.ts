import { SecureError } from '../errors.ts'

type ExecStatus = {
  status?: unknown
  reason?: unknown
  message?: unknown
  details?: { causes?: { reason?: unknown; message?: unknown }[] | null } | null
}

/**
 * The exit code in the Status that ends an exec. Throws SecureError: `bad-answer` without a status that can be read, `server` when the
 * container could not run the command. Rule: decodeError in client-go's tools/remotecommand/v4.go.
 */
export function exitCodeOf(name: string, bytes: Buffer): number {
  if (bytes.length === 0) throw bad(name, 'the connection ended without the status of the command')
  let status: ExecStatus | null
  try {
    status = JSON.parse(bytes.toString('utf8')) as ExecStatus | null
  } catch (cause) {
    throw bad(name, 'the status of the command is broken JSON', cause)
  }
  if (status?.status === 'Success') return 0
  if (status?.status !== 'Failure') throw bad(name, 'the status of the command is neither a success nor a failure')
  if (status.reason !== 'NonZeroExitCode') {
    const said = typeof status.message === 'string' ? status.message : 'the server does not say why'
    throw new SecureError('server', `${name}: ${said.slice(0, 500).replace(/\s+/g, ' ')}`, { unsettled: true })
  }
  const causes = Array.isArray(status.details?.causes) ? status.details.causes : []
  const code = causes.find((cause) => cause?.reason === 'ExitCode')?.message
  if (typeof code !== 'string' || !/^\d{1,9}$/.test(code)) throw bad(name, 'the status of the command has no exit code')
  return Number(code)
}

function bad(name: string, message: string, cause?: unknown): SecureError {
  return new SecureError('bad-answer', `${name}: ${message}`, { cause, unsettled: true })
}

import { type ErrorCode, SecureError } from '../errors.ts'
import { type Destination, placeText } from './destination.ts'

type Said = { name?: string; message?: string; code?: string; $metadata?: { httpStatusCode?: number }; cause?: unknown }

const hints: Record<string, [ErrorCode, string]> = {
  CredentialsProviderError: [
    'unauthorized',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or log in.',
  ],
  InvalidAccessKeyId: [
    'unauthorized',
    'The server does not know the access key: see which profile is used (AWS_PROFILE).',
  ],
  SignatureDoesNotMatch: [
    'unauthorized',
    'The secret key is not that of the access key, or the region is another (--region).',
  ],
  ExpiredToken: ['unauthorized', 'Log in again.'],
  AccessDenied: [
    'forbidden',
    'It needs s3:PutObject and s3:AbortMultipartUpload on the key; s3:GetObject lets it see what is there.',
  ],
  NoSuchBucket: ['not-found', 'Make the bucket first: object lock and who may read it are for its owner to decide.'],
  RequestTimeTooSkewed: ['unauthorized', 'Set the clock of this machine.'],
  EntityTooLarge: ['invalid', 'The server takes no object of this size.'],
  InvalidBucketName: ['usage', 'Name another bucket.'],
  QuotaExceeded: ['server', 'Make room, or name another bucket.'],
  XMinioStorageFull: ['server', 'Make room on the server.'],
}
const network = /^(?:E[A-Z]+|UND_.*|CERT_.*|UNABLE_TO_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|ERR_.*)$/

/** What a server or the way to it said, with bucket, key and S3's own code, and what to do. A SecureError stays as it is. */
export function uploadFailure(error: unknown, place: Destination, doing = 'upload'): SecureError {
  if (error instanceof SecureError) return error
  const said = (error ?? {}) as Said
  const status = said.$metadata?.httpStatusCode
  const name = said.name ?? 'Error'
  const what = `${doing} ${placeText(place)}`
  if (name === 'AbortError') return new SecureError('interrupted', `${what}: interrupted`, { cause: error })
  // The SDK calls a lost connection so too.
  if (name === 'TimeoutError' && (said.code === undefined || said.code === 'ETIMEDOUT'))
    return new SecureError('timeout', `${what}: the server did not answer in time`, { cause: error, hint: again })
  if (status === undefined && typeof said.code === 'string' && network.test(said.code)) {
    const isTrust = /CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ALTNAME/.test(said.code)
    return new SecureError('unreachable', `${what}: ${said.code}: ${said.message ?? ''}`, {
      cause: error,
      hint: isTrust ? 'NODE_EXTRA_CA_CERTS names a file with the authority of its certificate.' : again,
    })
  }
  const [code, hint] = hints[name] ?? [status === 403 ? 'forbidden' : status === 404 ? 'not-found' : 'server', again]
  const number = status === undefined ? '' : `${status} `
  return new SecureError(code, `${what}: ${number}${name}: ${said.message ?? ''}`, { cause: error, hint })
}

const again =
  'See that the server can be reached and is well, then repeat the command: what is there already is not sent again.'

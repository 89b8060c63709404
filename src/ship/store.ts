import type { S3Client } from '@aws-sdk/client-s3'
import { SecureError } from '../errors.ts'

export type StoreOptions = { endpoint?: string | undefined; region?: string | undefined }

/**
 * A client for an S3-compatible object storage. Credentials come from where the AWS SDK looks for them (environment, profile, web identity,
 * instance), and are never given to us. Throws SecureError `usage` for an endpoint that cannot be used.
 */
export async function openStore({ endpoint, region }: StoreOptions): Promise<S3Client> {
  if (endpoint !== undefined) checkEndpoint(endpoint)
  const { S3Client: Client } = await import('@aws-sdk/client-s3')
  const isCustom = endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']
  const options = {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    // Servers of others seldom have a name for each bucket.
    forcePathStyle: isCustom !== undefined,
    followRegionRedirects: true,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000, throwOnRequestTimeout: true },
  }
  const client = new Client(options)
  try {
    await client.config.region()
    return client
  } catch {
    client.destroy()
    // Only AWS needs to be told, and it redirects.
    return new Client({ ...options, region: 'us-east-1' })
  }
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new SecureError('usage', `--endpoint ${JSON.stringify(endpoint)} is not a URL`, {
      hint: 'Such as https://minio.example:9000.',
    })
  if (url.username !== '' || url.password !== '')
    throw new SecureError('usage', '--endpoint: credentials are not taken from a URL', {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
    })
  if (url.protocol === 'http:' && !isLoopback)
    throw new SecureError('usage', `--endpoint ${endpoint} is not encrypted`, {
      hint: 'Use https; NODE_EXTRA_CA_CERTS names a file with the authority of its certificate.',
    })
}

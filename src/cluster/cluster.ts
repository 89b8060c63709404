import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

export type Request = {
  /** Default GET. */
  method?: string
  /** With its query, already percent-encoded, below the server's own path prefix. */
  path: string
  /** Sent as JSON unless it is a string or a Buffer. */
  body?: unknown
  headers?: Record<string, string>
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** An answer whose body is read as it comes, for logs: a body that is cut short ends in an error, never in silence. */
export type StreamedAnswer = { status: number; headers: IncomingHttpHeaders; body: Readable }

/** One API server as one user: what {@link connect} gives. Every error is a SecureError that names the request. */
export type Cluster = {
  /** The server's URL, as in the kubeconfig. */
  server: string
  /** Of -n, the context, else `default`. */
  namespace: string
  context?: string
  user?: string
  /** Resolves for 2xx only. Retries as client-go does (429 and 5xx with Retry-After). */
  request(request: Request): Promise<Answer>
  /** As request, parsed; broken JSON is `bad-answer`. */
  json<T>(request: Request): Promise<T>
  /** As request, but the body is not held in memory. `maySleep`: silence is no failure (a log that is followed). */
  stream(request: Request & { maySleep?: boolean }): Promise<StreamedAnswer>
  /** Ends the connections; requests in flight fail. */
  close(): void
}

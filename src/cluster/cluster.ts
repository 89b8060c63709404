import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { WebSocket } from 'ws'

export type Request = {
  /** Default GET. */
  method?: string
  /** With its query, already percent-encoded, below the server's own path prefix. */
  path: string
  /** Sent as JSON unless it is a string or a Buffer. */
  body?: unknown
  headers?: Record<string, string>
  /** How errors name it, instead of by its method and path. */
  name?: string
  /** Gets the text of every `Warning: 299` header of its answers, refusals too. Hostile text. */
  onWarning?: ((text: string) => void) | undefined
  /** Gets every answer as its headers come, those that are tried again and refusals too; its body is not for reading. */
  onAnswer?: ((message: Pick<IncomingMessage, 'statusCode' | 'headers' | 'socket'>) => void) | undefined
  /** Ends this request alone, and the reading of its answer; a SecureError as its reason becomes the error. */
  signal?: AbortSignal | undefined
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** An answer whose body is read as it comes, for logs: a body that is cut short ends in an error, never in silence. */
export type StreamedAnswer = { status: number; headers: IncomingHttpHeaders; body: Readable }

/** A WebSocket that stands, paused: whoever has put listeners on it resumes it. */
export type OpenWebSocket = {
  socket: WebSocket
  /** Resolves with the code of a close that the server said; rejects, `unsettled`, when the connection ends in any other way. */
  closed: Promise<number>
}

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
  /** Upgrades to a WebSocket that speaks the first of the protocols that the server has. --request-timeout ends when it stands. */
  webSocket(request: Request & { protocols: string[] }): Promise<OpenWebSocket>
  /** Ends the connections; requests in flight fail. */
  close(): void
}

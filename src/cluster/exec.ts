import type { WebSocket } from 'ws'
import { SecureError } from '../errors.ts'
import { Bounded } from './bounded.ts'
import type { Cluster } from './cluster.ts'
import { exitCodeOf } from './exec-status.ts'
import { podPath } from './object-path.ts'

export type ExecRequest = {
  namespace: string
  pod: string
  container: string
  command: string[]
  /** For everything, from the connection to the exit code. The command itself is not ended by it. */
  timeoutMs: number
  /** Written to the command's standard input, which is then closed; without it there is none. Needs Kubernetes 1.30. */
  stdin?: Buffer
}

/** Of each stream the first {@link maxOutput} bytes; `truncated` when there was more of one. Hostile text. */
export type ExecResult = { stdout: Buffer; stderr: string; exitCode: number; truncated: boolean }

export const maxOutput = 8 * 1024 * 1024
const maxStatus = 64 * 1024
const chunkBytes = 32 * 1024
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const

/**
 * Runs a command in a container and waits for its end. An exit code other than 0 is a result, not an error. Needs `get` on pods/exec (the
 * verb of a WebSocket up to Kubernetes 1.34), and `create` from 1.35 on. Throws SecureError: that of the refused request, `server`
 * when the container could not run it, `bad-answer` when no status came, `timeout`; `unsettled` when the command may have run.
 * Rule: apimachinery's pkg/util/remotecommand/constants.go (channels, v5), client-go's tools/remotecommand/v4.go (status).
 */
export async function exec(cluster: Cluster, request: ExecRequest): Promise<ExecResult> {
  const { namespace, pod, container, command, timeoutMs, stdin } = request
  const name = `exec (pods/exec) in pod ${pod} of namespace ${namespace}, container ${container}`
  const time = new AbortController()
  const late = `the command has not ended within ${timeoutMs / 1000} s`
  const hint = 'It may go on in the container.'
  const timer = setTimeout(() => time.abort(new SecureError('timeout', late, { hint })), timeoutMs)
  const query = [
    ...command.map((word) => `command=${encodeURIComponent(word)}`),
    `container=${encodeURIComponent(container)}&stdout=true&stderr=true${stdin ? '&stdin=true' : ''}`,
  ]
  try {
    const { socket, closed } = await cluster.webSocket({
      path: `${podPath(namespace, pod)}/exec?${query.join('&')}`,
      name,
      signal: time.signal,
      // v4 cannot close the standard input: the command would wait for more for ever.
      protocols: stdin ? ['v5.channel.k8s.io'] : ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    })
    const output = gather(socket)
    socket.resume()
    if (stdin) void feed(socket, stdin)
    // A connection that is lost after the status has lost nothing: the status comes last.
    await closed.catch((error: unknown) => {
      if (output.status.bytes().length === 0) throw error
    })
    const exitCode = exitCodeOf(name, output.status.bytes())
    const { stdout, stderr } = output
    const truncated = stdout.cut || stderr.cut
    return { stdout: stdout.bytes(), stderr: stderr.bytes().toString('utf8'), exitCode, truncated }
  } finally {
    clearTimeout(timer)
  }
}

type Output = { stdout: Bounded; stderr: Bounded; status: Bounded }

function gather(socket: WebSocket): Output {
  const output = { stdout: new Bounded(maxOutput), stderr: new Bounded(maxOutput), status: new Bounded(maxStatus) }
  const streams = new Map<number, Bounded>([
    [channel.stdout, output.stdout],
    [channel.stderr, output.stderr],
    [channel.status, output.status],
  ])
  socket.on('message', (data: Buffer) => streams.get(data[0] ?? -1)?.add(data.subarray(1)))
  return output
}

// Each piece waits until the one before has left; a connection that ends meanwhile is told by its close.
async function feed(socket: WebSocket, stdin: Buffer): Promise<void> {
  const send = (on: number, bytes: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => socket.send(Buffer.concat([Buffer.of(on), bytes]), (error) => resolve(!error)))
  for (let at = 0; at < stdin.length; at += chunkBytes) {
    if (!(await send(channel.stdin, stdin.subarray(at, at + chunkBytes)))) return
  }
  await send(channel.close, Buffer.of(channel.stdin))
}

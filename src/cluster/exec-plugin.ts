import { spawn } from 'node:child_process'
import { SecureError } from '../errors.ts'
import type { Credential, Credentials, CredentialSurroundings, ExecClusterInfo } from './credentials.ts'
import { parseExecCredential } from './exec-credential.ts'
import type { ExecConfig } from './kubeconfig.ts'

const maxOutput = 4 * 1024 * 1024

/**
 * Credentials from a plugin (`exec` in the kubeconfig), run when first needed, when they have expired and once after a 401.
 * Requests that need them at the same moment share one run. Throws SecureError `kubeconfig`.
 * Rule: client-go's plugin/pkg/client/auth/exec/exec.go.
 */
export function execCredentials(
  exec: ExecConfig,
  cluster: ExecClusterInfo,
  around: CredentialSurroundings,
): Credentials {
  let held: { credential: Credential; expires: number } | undefined
  let running: Promise<Credential> | undefined
  const run = async (): Promise<Credential> => {
    try {
      held = parseExecCredential(await runPlugin(exec, cluster, around), exec.apiVersion ?? '')
      return held.credential
    } finally {
      running = undefined
    }
  }
  return {
    current: () => {
      if (held && around.now() <= held.expires) return Promise.resolve(held.credential)
      return (running ??= run())
    },
    renew: async (refused) => {
      if (held?.credential === refused || running) await (running ??= run())
      return true
    },
  }
}

async function runPlugin(exec: ExecConfig, cluster: ExecClusterInfo, around: CredentialSurroundings): Promise<string> {
  const command = exec.command ?? ''
  const interactive = isInteractive(exec, around.interactive)
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo && { cluster }), interactive },
  }
  const env = { ...around.env, KUBERNETES_EXEC_INFO: '' }
  for (const { name, value } of exec.env) Object.assign(env, { [name]: value })
  env.KUBERNETES_EXEC_INFO = JSON.stringify(info)

  const { code, stdout } = await collect(command, exec, env, interactive, around.signal)
  if (code !== 0) {
    throw new SecureError('kubeconfig', `the credential plugin ${command} failed with exit code ${code}`, {
      hint: 'What the plugin itself printed stands above. Log in again with it, then try again.',
    })
  }
  return stdout
}

function collect(
  command: string,
  exec: ExecConfig,
  env: NodeJS.ProcessEnv,
  interactive: boolean,
  signal: AbortSignal | undefined,
): Promise<{ code: number | string; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, exec.args, {
      env,
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
      windowsHide: true,
      ...(signal && { signal }),
    })
    const chunks: Buffer[] = []
    let size = 0
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxOutput) child.kill()
      else chunks.push(chunk)
    })
    child.on('error', (cause: NodeJS.ErrnoException) => reject(notRun(command, exec, cause, signal)))
    child.on('close', (code, killedBy) => {
      resolve({
        code: size > maxOutput ? 'none: it printed too much' : (code ?? killedBy ?? 'none'),
        stdout: Buffer.concat(chunks).toString(),
      })
    })
  })
}

function notRun(command: string, exec: ExecConfig, cause: NodeJS.ErrnoException, signal?: AbortSignal): SecureError {
  if (signal?.aborted) return new SecureError('interrupted', 'interrupted', { cause })
  if (cause.code !== 'ENOENT' && cause.code !== 'EACCES') {
    return new SecureError('kubeconfig', `the credential plugin ${command} could not be run: ${cause.code}`, {
      cause,
    })
  }
  return new SecureError('kubeconfig', `exec: executable ${command} not found`, {
    hint:
      exec.installHint ??
      'The kubeconfig needs this client-go credential plugin, which is not installed or not in PATH.',
    cause,
  })
}

function isInteractive(exec: ExecConfig, terminal: boolean): boolean {
  if (exec.interactiveMode === 'Always' && !terminal) {
    throw new SecureError(
      'kubeconfig',
      `the credential plugin ${exec.command ?? ''} must ask you something, and standard input is not a terminal`,
    )
  }
  return terminal && exec.interactiveMode !== 'Never'
}

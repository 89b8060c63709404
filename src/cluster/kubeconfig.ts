/** One cluster entry; file paths are absolute once the file is read, `certificateAuthorityData` is still base64. */
export type KubeconfigCluster = {
  server?: string
  tlsServerName?: string
  insecureSkipTlsVerify?: boolean
  certificateAuthority?: string
  certificateAuthorityData?: string
  proxyUrl?: string
  disableCompression?: boolean
  /** The extension `client.authentication.k8s.io/exec`, handed to exec plugins that ask for cluster information. */
  execExtension?: unknown
}

export type ExecConfig = {
  command?: string
  args: string[]
  env: { name: string; value: string }[]
  apiVersion?: string
  installHint?: string
  provideClusterInfo: boolean
  interactiveMode?: string
}

export type KubeconfigUser = {
  clientCertificate?: string
  clientCertificateData?: string
  clientKey?: string
  clientKeyData?: string
  token?: string
  tokenFile?: string
  as?: string
  asUid?: string
  asGroups?: string[]
  asUserExtra?: Record<string, string[]>
  username?: string
  password?: string
  authProvider?: { name: string; config: Record<string, string> }
  exec?: ExecConfig
}

export type KubeconfigContext = { cluster?: string; user?: string; namespace?: string }

/** One kubeconfig file, or several merged. Absent and empty fields are both left out, as Go cannot tell them apart. */
export type Kubeconfig = {
  currentContext?: string
  clusters: Map<string, KubeconfigCluster>
  users: Map<string, KubeconfigUser>
  contexts: Map<string, KubeconfigContext>
}

/**
 * Merges files in order of precedence: the first file to name a cluster, user or context gives the whole of it, and the
 * first non-empty current-context wins. Rule: ClientConfigLoadingRules.Load in client-go's tools/clientcmd/loader.go.
 */
export function mergeKubeconfigs(files: Kubeconfig[]): Kubeconfig {
  const merged: Kubeconfig = { clusters: new Map(), users: new Map(), contexts: new Map() }
  for (const file of files) {
    if (merged.currentContext === undefined && file.currentContext !== undefined) {
      merged.currentContext = file.currentContext
    }
    addMissing(merged.clusters, file.clusters)
    addMissing(merged.users, file.users)
    addMissing(merged.contexts, file.contexts)
  }
  return merged
}

function addMissing<T>(into: Map<string, T>, from: Map<string, T>): void {
  for (const [name, value] of from) if (!into.has(name)) into.set(name, value)
}

import type { ExecConfig, KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts'
import { proxyProblem } from './proxy.ts'

/**
 * Why a cluster and a user entry cannot be used together with what client-go allows; empty when they can.
 * Rule: validateClusterInfo and validateAuthInfo in client-go's tools/clientcmd/validation.go, and TLSConfigFor.
 */
export function problems(
  clusterName: string,
  cluster: KubeconfigCluster,
  userName: string,
  user: KubeconfigUser,
): string[] {
  return [...clusterProblems(clusterName || 'the cluster', cluster), ...userProblems(userName || 'the user', user)]
}

function clusterProblems(name: string, cluster: KubeconfigCluster): string[] {
  const found: string[] = []
  const ca = cluster.certificateAuthority !== undefined
  const caData = cluster.certificateAuthorityData !== undefined
  if (ca && caData) found.push(`certificate-authority-data and certificate-authority are both specified for ${name}`)
  if ((ca || caData) && cluster.insecureSkipTlsVerify) {
    found.push(`${name} has a certificate authority and insecure-skip-tls-verify: only one is allowed`)
  }
  const proxy = cluster.proxyUrl === undefined ? undefined : proxyProblem(cluster.proxyUrl)
  if (proxy !== undefined) found.push(`invalid proxy-url for ${name}: ${proxy}`)
  return found
}

function userProblems(name: string, user: KubeconfigUser): string[] {
  const found: string[] = []
  if (user.clientCertificate !== undefined || user.clientCertificateData !== undefined) {
    if (user.clientCertificate !== undefined && user.clientCertificateData !== undefined) {
      found.push(`client-certificate-data and client-certificate are both specified for ${name}`)
    }
    if (user.clientKey !== undefined && user.clientKeyData !== undefined) {
      found.push(`client-key-data and client-key are both specified for ${name}`)
    }
    if (user.clientKey === undefined && user.clientKeyData === undefined) {
      found.push(`client-key-data or client-key must be specified for ${name} to use its client certificate`)
    }
  }
  const token = user.token !== undefined || user.tokenFile !== undefined
  if (token && (user.username !== undefined || user.password !== undefined)) {
    found.push(`more than one authentication method found for ${name}; found token and basicAuth, only one is allowed`)
  }
  if (user.as === undefined && (user.asUid !== undefined || user.asGroups || user.asUserExtra)) {
    found.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`)
  }
  if (user.exec) {
    if (user.authProvider) found.push(`auth-provider cannot be used together with an exec plugin for ${name}`)
    found.push(...execProblems(name, user.exec))
  }
  return found
}

function execProblems(name: string, exec: ExecConfig): string[] {
  const found: string[] = []
  const to = `for ${name} to use exec authentication plugin`
  if (exec.command === undefined) found.push(`command must be specified ${to}`)
  if (exec.apiVersion === undefined) found.push(`apiVersion must be specified ${to}`)
  else if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(exec.apiVersion)) {
    found.push(`exec plugin: invalid apiVersion ${JSON.stringify(exec.apiVersion)}`)
  }
  if (exec.env.some((variable) => variable.name === '')) found.push(`env variable name must be specified ${to}`)
  if (exec.interactiveMode === undefined) found.push(`interactiveMode must be specified ${to}`)
  else if (!['Never', 'IfAvailable', 'Always'].includes(exec.interactiveMode)) {
    found.push(`invalid interactiveMode for ${name}: ${JSON.stringify(exec.interactiveMode)}`)
  }
  return found
}

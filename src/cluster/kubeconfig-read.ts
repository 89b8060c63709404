import { readFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { SecureError } from '../errors.ts'
import { mergeKubeconfigs } from './kubeconfig.ts'
import type { Kubeconfig } from './kubeconfig.ts'
import { toKubeconfig } from './kubeconfig-parse.ts'

export type KubeconfigSource = {
  /** --kubeconfig: only this file, and it must exist. */
  kubeconfig?: string | undefined
  env: Record<string, string | undefined>
  cwd: string
  home: string
  warn: (line: string) => void
}

/**
 * Reads and merges the kubeconfig files that kubectl would: --kubeconfig, else the list in KUBECONFIG, else ~/.kube/config.
 * `looked` names the files, for the error when none is there. Throws SecureError `kubeconfig` for a file that cannot be read.
 * Rule: ClientConfigLoadingRules in client-go's tools/clientcmd/loader.go.
 */
export async function readKubeconfigs(source: KubeconfigSource): Promise<{ config: Kubeconfig; looked: string[] }> {
  const explicit = source.kubeconfig !== undefined && source.kubeconfig !== ''
  const list = source.env['KUBECONFIG'] ?? ''
  const files = explicit
    ? [source.kubeconfig ?? '']
    : list !== ''
      ? [...new Set(list.split(delimiter))].filter((file) => file !== '')
      : [join(source.home, '.kube', 'config')]
  const read = await Promise.all(files.map((file) => readKubeconfig(resolve(source.cwd, file), file)))
  const found = read.filter((config) => config !== undefined)
  if (explicit && found.length === 0) {
    throw new SecureError('kubeconfig', `the kubeconfig ${files[0]} does not exist`)
  }
  // kubectl warns only when not one file of the list is there.
  if (!explicit && list !== '' && found.length === 0 && files.length > 0) {
    source.warn(`Config not found: ${files.join(', ')}`)
  }
  return { config: mergeKubeconfigs(found), looked: files }
}

async function readKubeconfig(path: string, shown: string): Promise<Kubeconfig | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return undefined
    throw new SecureError('kubeconfig', `the kubeconfig ${shown} cannot be read: ${code ?? String(cause)}`, { cause })
  }
  const config = toKubeconfig(text === '' ? {} : await parseText(text, shown), shown)
  resolvePaths(config, dirname(path))
  return config
}

async function parseText(text: string, file: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text)
    } catch {
      // Not JSON: it may still be a YAML flow mapping.
    }
  }
  const { parseYaml } = await import('./kubeconfig-yaml.ts')
  return parseYaml(text, file)
}

// Relative paths are relative to the file they stand in; a plugin's command only when it is a path at all.
function resolvePaths(config: Kubeconfig, folder: string): void {
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  for (const cluster of config.clusters.values()) {
    if (cluster.certificateAuthority !== undefined)
      cluster.certificateAuthority = absolute(cluster.certificateAuthority)
  }
  for (const user of config.users.values()) {
    if (user.clientCertificate !== undefined) user.clientCertificate = absolute(user.clientCertificate)
    if (user.clientKey !== undefined) user.clientKey = absolute(user.clientKey)
    if (user.tokenFile !== undefined) user.tokenFile = absolute(user.tokenFile)
    if (user.exec?.command?.includes(sep)) user.exec.command = absolute(user.exec.command)
  }
}

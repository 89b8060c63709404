import { existsSync } from 'node:fs'
import { assetsFolder, missingBinaries } from './binaries.ts'
import { calicoCrds } from './cache.ts'
import type { Level } from './components.ts'
import { findCommand } from './commands.ts'
import { missingParts } from './node-parts.ts'

/** What has to be there before a cluster of this level can start, each with what to do; empty when all is there. */
export function needed(level: Level): string[] {
  if (process.platform !== 'linux') return ['the test cluster runs on Linux only']
  const missing: string[] = []
  const binaries = missingBinaries(level)
  const assets = level === 'control-plane' ? assetsFolder() : undefined
  if (binaries.length > 0 && assets) missing.push(`${assets} (KUBEBUILDER_ASSETS) has no ${binaries.join(', ')}`)
  else if (binaries.length > 0)
    missing.push(`${named(binaries)} not built: \`npm run cluster -- build\` (about 18 minutes, once) does it`)
  for (const command of ['openssl', ...(level === 'node' ? ['ip', 'nsenter', 'unshare'] : [])])
    if (!findCommand(command)) missing.push(`no ${command} in the PATH: install ${packageOf[command] ?? command}`)
  if (level === 'control-plane') return missing
  if (process.getuid?.() !== 0) missing.push('a node needs root: run as root, or in CI')
  if (binaries.length === 0 && !existsSync(calicoCrds()))
    missing.push("Calico's CRDs are not in the cache: `npm run cluster -- build`")
  const parts = missingParts()
  if (parts.length > 0)
    missing.push(
      `no ${parts.join(', ')}: \`npm run cluster -- build\` fetches them on Debian and Ubuntu; else install them`,
    )
  return missing
}

const named = (names: readonly string[]) => (names.length > 4 ? `${names.length} components` : names.join(', '))
const packageOf: Record<string, string> = { ip: 'iproute2', nsenter: 'util-linux', unshare: 'util-linux' }

/** Whether a cluster of this level can start here. */
export function componentsReady(level: Level): boolean {
  return needed(level).length === 0
}

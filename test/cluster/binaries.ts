import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { cachedBinary } from './cache.ts'
import { type BinaryName, binariesOf, type Level } from './components.ts'

/** Whether a file is there and may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The folder of envtest's binaries (etcd, kube-apiserver, kubectl), when the environment names one. */
export function assetsFolder(): string | undefined {
  return process.env['KUBEBUILDER_ASSETS'] || undefined
}

/** Where a binary for this level is, or undefined. Assets are one version and the cache another: they are never mixed. */
export function findBinary(name: BinaryName, level: Level): string | undefined {
  const assets = level === 'control-plane' ? assetsFolder() : undefined
  const path = assets ? join(assets, name) : cachedBinary(name)
  return isExecutable(path) ? path : undefined
}

/** The binaries this level cannot start without and that are not there. */
export function missingBinaries(level: Level): BinaryName[] {
  const optional = level === 'control-plane' && assetsFolder() ? ['kube-controller-manager'] : []
  return binariesOf[level].filter((name) => !optional.includes(name) && !findBinary(name, level))
}

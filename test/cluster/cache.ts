import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { binaries, type BinaryName, type ModuleName } from './components.ts'

/** The version stamped into the Kubernetes binaries; plain `go build` leaves v0.0.0, which clients refuse. */
export const kubernetesVersion = 'v1.34.4'
const version = 'k8s.io/component-base/version'
const [major, minor] = kubernetesVersion.slice(1).split('.')

/** The linker flags every component is built with. */
export const ldflags = `-s -w -X ${version}.gitVersion=${kubernetesVersion} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`

/** Where everything that outlives an instance is kept: binaries, unpacked Debian parts, the pods' image. */
export function cacheRoot(): string {
  const given = process.env['KUBECTL_SECURE_TEST_CACHE']
  return given || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubectl-secure', 'test-cluster')
}

/** The folder with a component's go.mod and go.sum, which pin what is built. */
export function moduleFolder(module: ModuleName): string {
  return join(import.meta.dirname, 'components', module)
}

/** Where a component's outputs are cached: named by a hash of all that decides them, so a bump never runs an old binary. */
export function moduleCache(module: ModuleName): string {
  const hash = createHash('sha256').update(`${process.arch} ${ldflags}`)
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(module), file)))
  return join(cacheRoot(), `${module}-${hash.digest('hex').slice(0, 16)}`)
}

/** Where a built binary is, or will be. */
export function cachedBinary(name: BinaryName): string {
  return join(moduleCache(binaries[name].module), 'bin', name)
}

/** Calico's custom resource definitions, copied out of its Go module when it is built. */
export function calicoCrds(): string {
  return join(moduleCache('calico'), 'crds')
}

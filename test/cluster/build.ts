import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isExecutable } from './binaries.ts'
import { cachedBinary, cacheRoot, calicoCrds, ldflags, moduleFolder } from './cache.ts'
import { ClusterError } from './cluster-error.ts'
import { findCommand } from './commands.ts'
import { binaries, type BinaryName, binariesOf } from './components.ts'
import { fetchParts } from './fetch-parts.ts'
import { withLock } from './lock.ts'
import { missingParts } from './node-parts.ts'
import { run, tail } from './run.ts'

export interface BuildOptions {
  /** What must be there afterwards; all that a node runs by default. MinIO is built when it is named. */
  names?: readonly BinaryName[]
  /** Whether the parts of a node that are not ours to build are fetched too; by default when a kubelet is. */
  parts?: boolean
  /** Is told what goes on, line by line. */
  progress?: (line: string) => void
}

/** Builds what is missing in the cache. Interrupted, it goes on with the next binary; a second builder waits its turn. */
export async function ensureComponents(options: BuildOptions = {}): Promise<void> {
  const { names = binariesOf.node, progress = () => {} } = options
  const parts = options.parts ?? names.includes('kubelet')
  const crds = names.includes('calico-felix')
  const missing = () => names.filter((name) => !isExecutable(cachedBinary(name)))
  const done = () =>
    missing().length === 0 && !(crds && !existsSync(calicoCrds())) && !(parts && missingParts().length > 0)
  if (done()) return
  mkdirSync(cacheRoot(), { recursive: true })
  const lock = join(cacheRoot(), 'build.lock')
  await withLock(
    lock,
    () => progress('waiting for another build on this machine'),
    async () => {
      if (parts) await fetchParts(progress)
      const todo = missing() // another builder may have done it meanwhile
      for (const [index, name] of todo.entries())
        await buildBinary(name, `${index + 1} of ${todo.length}: ${name}`, progress)
      if (crds && !existsSync(calicoCrds())) await copyCrds()
    },
  )
}

async function go(folder: string, args: string[]): Promise<string> {
  const command = findCommand('go')
  if (!command)
    throw new ClusterError('The test cluster is built from Go modules, and there is no go in the PATH.', {
      next: 'install Go 1.24 or newer, or set KUBEBUILDER_ASSETS for the control plane alone.',
    })
  // The folder's go.mod and go.sum decide everything: no workspace, and nothing that the user's flags would change.
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' }
  const { code, stdout, stderr } = await run([command, ...args], { cwd: folder, env })
  if (code === 0) return stdout
  const why = `go ${args[0]} in ${folder} ended with code ${code}:\n${tail(stderr || stdout)}`
  const next =
    'see that the Go module proxy can be reached and the disk has 10 GB free, then repeat: what is built stays.'
  throw new ClusterError(`${args.at(-1)} was not built.`, { why, next })
}

async function buildBinary(name: BinaryName, label: string, progress: (line: string) => void): Promise<void> {
  const output = cachedBinary(name)
  mkdirSync(dirname(output), { recursive: true })
  // Under the lock every unfinished file is of a builder that was killed.
  for (const left of readdirSync(dirname(output)).filter((file) => file.startsWith('.')))
    rmSync(join(dirname(output), left))
  const aside = join(dirname(output), `.${basename(output)}.${process.pid}`)
  const begin = Date.now()
  const seconds = () => Math.round((Date.now() - begin) / 1000)
  progress(`building ${label}`)
  const heartbeat = setInterval(() => progress(`building ${label}, ${seconds()} s`), 30_000)
  try {
    const { module, package: source } = binaries[name]
    await go(moduleFolder(module), ['build', '-trimpath', '-ldflags', ldflags, '-o', aside, source])
    renameSync(aside, output)
  } finally {
    clearInterval(heartbeat)
    rmSync(aside, { force: true })
  }
  progress(`built ${label} in ${seconds()} s`)
}

/** Copies Calico's custom resources out of its module, so that a start needs neither go nor the module cache. */
async function copyCrds(): Promise<void> {
  const module = 'github.com/projectcalico/calico'
  const folder = (await go(moduleFolder('calico'), ['list', '-m', '-f', '{{.Dir}}', module])).trim()
  const aside = `${calicoCrds()}.${process.pid}`
  const crds = join(folder, 'libcalico-go', 'config', 'crd')
  mkdirSync(aside, { recursive: true }) // not a copy of the folder itself: in the module cache it is read-only
  for (const file of readdirSync(crds)) copyFileSync(join(crds, file), join(aside, file))
  renameSync(aside, calicoCrds())
}

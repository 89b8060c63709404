import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from './cluster-error.ts'
import { findCommand } from './commands.ts'
import { missingParts, partsRoot } from './node-parts.ts'
import { run, tail } from './run.ts'

const iptables = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore']

/** Downloads Debian's packages that a node needs and unpacks them into the cache; nothing is installed. */
export async function fetchParts(progress: (line: string) => void): Promise<void> {
  const packages = missingParts()
  if (packages.length === 0) return
  const list = packages.join(' ')
  if (!findCommand('apt-get') || !findCommand('dpkg-deb'))
    throw new ClusterError(`A node needs ${list}, and only Debian and Ubuntu have them fetched.`, {
      next: `install ${list} with the package manager of this system (busybox as a static binary).`,
    })
  progress(`fetching ${list}`)
  const aside = `${partsRoot()}.${process.pid}`
  try {
    await download(aside, packages)
    const archives = join(aside, 'archives')
    for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb')))
      await must('dpkg-deb', ['dpkg-deb', '--extract', join(archives, archive), aside])
    rmSync(archives, { recursive: true })
    rmSync(join(aside, 'lists'), { recursive: true, force: true })
    // Debian makes these names when it installs the package.
    mkdirSync(join(aside, 'alternatives'))
    for (const name of iptables) symlinkSync('../usr/sbin/xtables-nft-multi', join(aside, 'alternatives', name))
    rmSync(partsRoot(), { recursive: true, force: true })
    renameSync(aside, partsRoot())
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/** Downloads packages with those they depend on and that are not installed; needs no root and locks nothing. */
async function download(aside: string, packages: readonly string[]): Promise<void> {
  for (const folder of ['archives/partial', 'lists/partial']) mkdirSync(join(aside, folder), { recursive: true })
  const cache = ['Debug::NoLocking=1', `Dir::Cache::archives=${join(aside, 'archives')}`, 'APT::Sandbox::User=root']
  const install = ['install', '--download-only', '--no-install-recommends', '--yes', ...packages]
  const apt = (settings: string[], command: string[]) => ['apt-get', ...settings.flatMap((s) => ['-o', s]), ...command]
  if ((await run(apt(cache, install), { env: environment() })).code === 0) return
  // The machine's package lists are missing or old: fetch lists of our own and leave the machine's alone.
  const own = [
    ...cache,
    `Dir::State::lists=${join(aside, 'lists')}`,
    `Dir::Cache::pkgcache=`,
    `Dir::Cache::srcpkgcache=`,
  ]
  await must('apt-get update', apt(own, ['update']))
  await must('apt-get download', apt(own, install))
}

const environment = () => ({ ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' })

async function must(what: string, argv: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(argv, { env: environment() })
  if (code === 0) return
  const next = 'try again, or install the packages with apt-get install as root.'
  throw new ClusterError(`${what} failed while the parts of a node were fetched.`, {
    why: tail(stderr || stdout),
    next,
  })
}

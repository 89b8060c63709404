import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isExecutable } from './binaries.ts'
import { cacheRoot } from './cache.ts'
import { commandFolders, findCommand } from './commands.ts'

/** What a node needs that is not built from Go modules: the command, and Debian's package with it. */
export const nodeParts: Readonly<Record<string, string>> = {
  runc: 'runc',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  nft: 'nftables',
  busybox: 'busybox-static',
  'host-local': 'containernetworking-plugins',
  loopback: 'containernetworking-plugins',
}

/** What names a release of a distribution: libraries of another would not fit. */
function release(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const value = (key: string) => new RegExp(`^${key}="?([a-zA-Z0-9._-]+)`, 'm').exec(text)?.[1] ?? 'unknown'
  return `${value('ID')}-${value('VERSION_ID')}-${process.arch}`
}

/** Where Debian's packages are unpacked: nothing is installed on the machine. */
export function partsRoot(): string {
  return join(cacheRoot(), `parts-${release()}`)
}

const inParts = (...folders: string[]) => folders.map((folder) => join(partsRoot(), folder))
const pluginFolders = () => [...inParts('usr/lib/cni'), '/usr/lib/cni', '/opt/cni/bin']

/** The folders with the commands of the unpacked packages. */
export const partsPath = (): string[] => inParts('alternatives', 'usr/sbin', 'usr/bin', 'sbin', 'bin')

/** Where a part is, or undefined. */
export function findPart(name: string): string | undefined {
  if (nodeParts[name] === 'containernetworking-plugins')
    return pluginFolders()
      .map((folder) => join(folder, name))
      .find(isExecutable)
  const found = findCommand(name, partsPath())
  // Inside a pod there are no libraries: only a static busybox runs there.
  return name === 'busybox' && found && !isStatic(found) ? undefined : found
}

/** Whether a program needs no dynamic loader; its name stands in the first page of the file otherwise. */
function isStatic(file: string): boolean {
  return !/\/ld-(linux|musl)/.test(readFileSync(file).subarray(0, 4096).toString('latin1'))
}

/** The packages whose parts are neither unpacked nor installed. */
export function missingParts(): string[] {
  const missing = Object.keys(nodeParts).filter((name) => !findPart(name))
  return [...new Set(missing.map((name) => nodeParts[name] ?? name))]
}

/** The environment the parts run with: their commands first in the PATH, and their libraries found. */
export function partsEnv(first: readonly string[] = []): Record<string, string> {
  const PATH = commandFolders([...first, ...partsPath()]).join(':')
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as 'x64'] ?? ''
  const libraries = inParts(`usr/lib/${triplet}`, `lib/${triplet}`)
  const extensions = join(partsRoot(), 'usr/lib', triplet, 'xtables')
  if (!existsSync(extensions)) return { PATH, LD_LIBRARY_PATH: libraries.join(':') }
  return { PATH, LD_LIBRARY_PATH: libraries.join(':'), XTABLES_LIBDIR: extensions }
}

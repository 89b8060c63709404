import { delimiter, join } from 'node:path'
import { isExecutable } from './binaries.ts'

// Where network tools are, also when the PATH is that of an ordinary user.
const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** The folders commands are looked for in: those given, the PATH, the system's. */
export function commandFolders(first: readonly string[] = []): string[] {
  return [...new Set([...first, ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...system])]
}

/** Where a command is, or undefined. */
export function findCommand(name: string, first: readonly string[] = []): string | undefined {
  return commandFolders(first)
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

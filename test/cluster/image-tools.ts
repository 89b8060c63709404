import { ClusterError } from './cluster-error.ts'
import { findCommand } from './commands.ts'
import { run } from './run.ts'

// What Alpine's iproute2 puts into the agnhost that is published.
const tools = ['ip', 'ss', 'tc']

/** This machine's iproute2 with the libraries it needs, by the path each has in the image. */
export async function imageTools(): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const tool of tools) {
    const path = findCommand(tool)
    if (!path) throw new ClusterError(`No ${tool}.`, { next: 'install iproute2.' })
    files[`bin/${tool}`] = path
    const { stdout } = await run(['ldd', path])
    // The loader looks for a library by the path that ldd prints, or by its name in the system's folders.
    for (const [, library = ''] of stdout.matchAll(/(?:=> |^\s+)(\/[^\s]+) \(0x/gm)) files[library.slice(1)] = library
  }
  return files
}

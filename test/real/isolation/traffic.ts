import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from './stage.ts'
import type { Flow, Heard } from './talker.ts'

export type Traffic = {
  /** Bytes that each flow's hearing ends have got since then. */
  heard(): Record<string, number>
  /** What came in of each flow within so many milliseconds. */
  during(ms: number): Promise<Record<string, number>>
  ends(): Heard
  stop(): Promise<void>
}

/** Starts processes in network namespaces that talk to each other; `enter` is what a command line begins with. */
export async function startTraffic(
  places: Record<string, { flows: Flow[]; enter: string[] }>,
  run: (argv: string[]) => Promise<unknown>,
): Promise<Traffic> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-talk-'))
  const names = Object.keys(places)
  const flows = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, place.flows]))
  writeFileSync(join(folder, 'flows'), JSON.stringify(flows))
  const talker = join(import.meta.dirname, 'talker.ts')
  const ended = Promise.all(
    names.map((name) => run([...(places[name]?.enter ?? []), process.execPath, talker, folder, name])),
  )
  const ends = (): Heard =>
    Object.assign({}, ...names.map((name) => prefixed(name, read(join(folder, `${name}.heard`))))) as Heard
  const heard = () => Object.fromEntries(Object.entries(ends()).map(([id, { bytes }]) => [id, bytes]))
  await until('traffic', async () => names.every((name) => existsSync(join(folder, `${name}.heard`))))
  return {
    heard,
    ends,
    async during(ms) {
      const before = heard()
      await sleep(ms)
      return Object.fromEntries(Object.entries(heard()).map(([id, bytes]) => [id, bytes - (before[id] ?? 0)]))
    },
    async stop() {
      writeFileSync(join(folder, 'stop'), '')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

const prefixed = (name: string, heard: Heard): Heard =>
  Object.fromEntries(Object.entries(heard).map(([id, value]) => [`${name} ${id}`, value]))

function read(file: string): Heard {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Heard
  } catch {
    return {}
  }
}

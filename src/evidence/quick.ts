import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Cluster, StreamedAnswer } from '../cluster/cluster.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { SecureError } from '../errors.ts'

/** One pod, and the names of its containers of every kind. */
export type QuickTarget = { namespace: string; name: string; uid: string; containers: string[] }
export type QuickEvidence = { directory: string; complete: boolean; missing: string[] }

// Enough for what led to an alert, and never the disk of a tired responder.
const maxLogBytes = 32 * 1024 * 1024

/**
 * The evidence that is first to go, of a few pods: the object as the API server writes it in YAML, its events, and the logs of
 * every container, current and previous. Written below `parent` into a directory of its own, 0700, with the SHA-256 of each
 * file in SHA256SUMS. What could not be had is named in `missing`; throws only where the directory cannot be written.
 */
export async function collectQuick(
  cluster: Cluster,
  targets: QuickTarget[],
  parent: string,
  id: string,
): Promise<QuickEvidence> {
  const directory = join(parent, `evidence-${id}`)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await mkdir(directory, { mode: 0o700 })
  const missing: string[] = []
  const sums: string[] = []
  const save = async ({ path, accept, file }: Item) => {
    const sink = join(directory, ...file)
    try {
      const { body } = await cluster.stream({ path, headers: { accept } })
      await mkdir(join(sink, '..'), { recursive: true, mode: 0o700 })
      sums.push(`${await written(body, sink)}  ${file.join('/')}`)
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      // A container that never restarted has no previous log: there is nothing to miss.
      if (!/previous terminated container .* not found/.test(error.message))
        missing.push(`${file.join('/')}: ${error.message}`)
    }
  }
  await inParallel(targets.flatMap(itemsOf), save, 6)
  await writeFile(join(directory, 'SHA256SUMS'), `${sums.toSorted().join('\n')}\n`, { mode: 0o600 })
  if (missing.length > 0) await writeFile(join(directory, 'MISSING'), `${missing.join('\n')}\n`, { mode: 0o600 })
  return { directory, complete: missing.length === 0, missing }
}

type Item = { path: string; accept: string; file: string[] }

function itemsOf({ namespace, name, uid, containers }: QuickTarget): Item[] {
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  const pod = `${base}/pods/${encodeURIComponent(name)}`
  const folder = ['pods', safe(namespace), `${safe(name)}_${safe(uid)}`]
  const selector = encodeURIComponent(`involvedObject.uid=${uid}`)
  return [
    { path: pod, accept: 'application/yaml', file: [...folder, 'pod.yaml'] },
    { path: `${base}/events?fieldSelector=${selector}`, accept: 'application/yaml', file: [...folder, 'events.yaml'] },
    ...containers.flatMap((container) =>
      [false, true].map((previous) => ({
        path: `${pod}/log?container=${encodeURIComponent(container)}&timestamps=true&limitBytes=${maxLogBytes}${previous ? '&previous=true' : ''}`,
        accept: '*/*',
        file: [...folder, 'logs', safe(container), previous ? 'previous.log' : 'current.log'],
      })),
    ),
  ]
}

// The API server lets only DNS names be names; what it says all the same never becomes a path.
function safe(name: string): string {
  return /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)
    ? name
    : `x-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

async function written(body: StreamedAnswer['body'], file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(
    body,
    async function* (source: Readable) {
      for await (const chunk of source) {
        hash.update(chunk as Buffer)
        yield chunk
      }
    },
    createWriteStream(file, { flags: 'wx', mode: 0o600 }),
  )
  return hash.digest('hex')
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type TestedLevel = 'baseline' | 'restricted'
export type RawPod = { metadata?: { annotations?: Record<string, string> }; spec: Record<string, unknown> }

/** Upstream's fixtures and verdicts (truth/README.md). */
export type Truth = {
  pods: RawPod[]
  fixtures: Record<string, number>
  verdicts: Record<TestedLevel, { from: number; text: string }[]>[]
}

export function readTruth(): Truth {
  const packed = readFileSync(join(import.meta.dirname, 'truth', 'fixtures.json.gz'))
  return JSON.parse(gunzipSync(packed).toString()) as Truth
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Another project's expected answers (truth/README.md). */
export function readTruth(name: 'cyclonus' | 'netpol-analyzer' | 'network-policy-api-conformance'): unknown {
  return JSON.parse(
    gunzipSync(readFileSync(join(import.meta.dirname, 'truth', `${name}.json.gz`))).toString(),
  ) as unknown
}

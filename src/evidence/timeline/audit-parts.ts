import type { LogParts } from '../../audit-log/read/sources.ts'
import type { Kept } from '../../bundle/entry.ts'
import type { Bundle } from '../../bundle/read.ts'
import type { Gap } from '../../snapshot/snapshot.ts'

/** The audit logs in a bundle, and what of them is not whole; undefined where it has none. */
export function auditParts(
  { kept, artefacts }: Pick<Bundle, 'kept' | 'artefacts'>,
  prefix = '',
): { parts: LogParts; gaps: Gap[] } | undefined {
  const whole = new Map([...kept.values()].flatMap((one) => (one.cut === undefined ? [[keyOf(one.path), one]] : [])))
  // One that was cut and then had whole is read once.
  const isRead = ({ path, cut }: Kept) => path?.[0] === 'audit' && (cut === undefined || !whole.has(keyOf(path)))
  const logs = [...kept.values()].filter(isRead)
  if (logs.length === 0) return undefined
  const gaps = logs.flatMap(({ file, cut, meta }): Gap[] => {
    const what = `read all of ${prefix}${file}`
    if (cut !== undefined) return [{ what, why: `it was cut: ${cut}`, hides: 'what was logged after that' }]
    const skipped = Number(meta['from']) - (whole.get(keyOf(meta['of']))?.bytes ?? 0)
    const why = `${skipped} bytes before it were not kept: the log is longer than --max-log-bytes`
    return skipped > 0
      ? [{ what: `read all that ${prefix}${file} is the end of`, why, hides: 'what was logged there' }]
      : []
  })
  async function* parts() {
    for await (const { file, path, content } of artefacts(isRead))
      yield { name: `${prefix}${path?.join('/') ?? file}`, content: content() }
  }
  return { parts: { parts }, gaps }
}

const keyOf = (path: unknown) => JSON.stringify(path ?? null)

import { unescapeFromTerminal } from '../text/terminal.ts'
import type { Exception } from './exception-entry.ts'
import type { Finding } from './finding.ts'
import type { Found, RiskInfo } from './found.ts'
import { whoText } from './who.ts'

const exceptionInfos = {
  expired: {
    id: 'exception-expired',
    title: 'Is an exception that has expired',
    why: 'It excepts nothing any more: what it was for is a finding again, or is gone.',
    fix: 'settle the finding, or have its owner decide anew; then take the entry out, or give it another day',
    reference: 'docs/risks.md#exceptions',
  },
  unused: {
    id: 'exception-unused',
    title: 'Is an exception of nothing',
    why: 'No finding is as it says: it was settled, or has changed. Left there, it would except the next one of that name.',
    fix: 'take the entry out',
    reference: 'docs/risks.md#exceptions',
  },
} satisfies Record<string, RiskInfo>

export const exceptionRules: RiskInfo[] = Object.values(exceptionInfos)

/** What is excepted of findings. `today` is the day, `2026-12-31`: an exception counts through its last one. */
export function exceptionsOf(exceptions: readonly Exception[], today: string) {
  const byKey = new Map<string, Exception[]>()
  for (const exception of exceptions) {
    const key = keyOf(exception.of)
    byKey.set(key, [...(byKey.get(key) ?? []), exception])
  }
  const used = new Set<Exception>()
  const isOver = ({ expires }: Exception) => expires !== undefined && expires < today
  return {
    /** The finding, marked where an exception is for it. */
    judge(finding: Finding): Finding {
      if (exceptions.length === 0) return finding
      const { id, rule, scope } = finding
      const named = [...(byKey.get(id) ?? []), ...(byKey.get(JSON.stringify([rule, whoText(finding), scope])) ?? [])]
      for (const each of named) used.add(each)
      const valid = named.find((each) => !isOver(each))
      if (!valid) return finding
      const { owner, reason, expires } = valid
      return { ...finding, exception: { owner, reason, ...(expires === undefined ? {} : { expires }) } }
    },
    /** Those that have expired, and those that were for no finding: once all were judged. `areAll` where none was left out. */
    leftOver(areAll: boolean): Found[] {
      return exceptions.flatMap((each) => {
        if (isOver(each)) return [foundOf(exceptionInfos.expired, each, `it was good until ${each.expires}`)]
        return used.has(each) || !areAll ? [] : [foundOf(exceptionInfos.unused, each, 'no finding is as it says')]
      })
    },
  }
}

// Names are taken as tables show them.
function keyOf(of: Exception['of']): string {
  if ('id' in of) return of.id
  return JSON.stringify([of.rule, unescapeFromTerminal(of.subject), unescapeFromTerminal(of.scope)])
}

function foundOf(info: RiskInfo, { of, owner, reason, file, line }: Exception, because: string): Found {
  const name = 'id' in of ? of.id : `${of.rule} ${of.subject} ${of.scope}`
  const object = { kind: 'RiskException', name }
  const state = [{ ...object, says: `is of ${owner}: ${reason}` }]
  return { info, severity: 'low', scope: '*', object, held: [], because: [because], state, location: { file, line } }
}

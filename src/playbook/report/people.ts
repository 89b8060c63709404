import type { PlaybookReport } from './model.ts'
import type { Records } from './records.ts'

/** Who responded, and by what they are known to have: as this machine knows them, and as the API server does. Pure. */
export function peopleOf({ begin, journal, steps }: Records): PlaybookReport['people'] {
  const did = new Map<string, Map<string, number>>()
  const add = (who: string, what: string) => {
    const known = did.get(who) ?? new Map<string, number>()
    did.set(who, known.set(what, (known.get(what) ?? 0) + 1))
  }
  add(begin.by, 'began the run')
  add(begin.user, `the API server's name for ${begin.by}`)
  for (const entry of journal.entries) {
    if (entry.type === 'note' && entry.kind === 'resume' && typeof entry.data === 'string')
      add(entry.data, entry.data === begin.by ? 'went on with the run' : 'took the run over')
    if (entry.type !== 'answer') continue
    const kind = steps.get(entry.step)?.step.type
    const said = entry.value === false ? 'said no to' : kind === 'approval' ? 'approved' : 'decided'
    add(
      entry.by,
      `${kind === 'decision' ? 'decided' : kind === 'command' && entry.value === true ? 'said yes to' : said} ${entry.step}`,
    )
  }
  return [...did].map(([who, what]) => ({
    who,
    did: [...what].map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text)),
  }))
}

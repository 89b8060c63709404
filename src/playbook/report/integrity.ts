import { join } from 'node:path'
import { genesis, type Link } from '../../durable/chain.ts'
import type { Chain } from '../../durable/chain-file.ts'
import type { Integrity } from './model.ts'
import type { Records } from './records.ts'

/** Whether the records are as they were written. Pure. */
export function integrityOf({ folder, journal, plans, playbooks, begin }: Records): Integrity {
  return {
    file: join(folder, 'journal.jsonl'),
    ...headOf(journal),
    whole: isWhole(journal),
    ...(journal.broken && { broken: journal.broken }),
    ...(journal.torn !== undefined && { torn: true as const }),
    playbookKept: playbooks[0]?.digest === begin.playbook.digest,
    plans: [...plans].map(([plan, known]) => {
      if (!('chain' in known)) return { plan, file: known.file, lines: 0, head: genesis, whole: false, why: known.why }
      const { chain, file } = known
      const why = chain.broken ? `line ${chain.broken.line}: ${chain.broken.why}` : undefined
      return { plan, file, ...headOf(chain), whole: isWhole(chain), ...(why !== undefined && { why }) }
    }),
  }
}

/** What is wrong with the records, in words. */
export function damageOf({ file, broken, plans, playbookKept }: Integrity): string[] {
  return [
    ...(broken
      ? [
          `the journal of the run is not as it was written from line ${broken.line} on (${broken.why}): this report ends before it; ${file}`,
        ]
      : []),
    ...plans
      .filter(({ whole }) => !whole)
      .map(({ plan, why = 'its last line was never finished' }) => `the journal of plan ${plan} is not whole: ${why}`),
    ...(playbookKept
      ? []
      : [
          'the playbook that was run is not kept beside the journal any more: titles and questions are as the journal has them',
        ]),
  ]
}

function headOf({ entries }: Chain<{ type: string }>): { lines: number; head: string } {
  const last: Link | undefined = entries.at(-1)
  return { lines: entries.length, head: last?.hash ?? genesis }
}

// A last line that was not finished is what a crash leaves: nothing was done by it.
function isWhole({ broken }: Chain<{ type: string }>): boolean {
  return broken === undefined
}

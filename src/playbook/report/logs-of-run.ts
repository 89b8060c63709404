import { argsOf } from '../run/walk.ts'
import { endsIn, type Records, textsAt } from './records.ts'

/** The audit logs that a run asked itself, as it named them. */
export async function logsOfRun({ journal, steps }: Pick<Records, 'journal' | 'steps'>): Promise<string[]> {
  const found = new Set<string>()
  for (const { step: key, outcome } of endsIn(journal.entries)) {
    const known = steps.get(key)
    if (known?.step.type !== 'command' || known.step.run !== 'audit.ask' || outcome === 'skipped') continue
    const args = await argsOf(known.step.with, known.scope, key).catch(() => ({}))
    for (const path of textsAt(args, 'logs')) found.add(path)
  }
  return [...found]
}

import { startBench } from '../real/change/matrix/bench.ts'
import { cases } from '../real/playbook/kill/cases.ts'
import { differences } from '../real/playbook/kill/differences.ts'
import type { Counts, Doom } from '../real/playbook/kill/doom.ts'
import { tryCase } from '../real/playbook/kill/trial.ts'

export type KillWords = { case?: string[]; journal?: string[]; how?: string[]; step: string; at?: string; jobs: string }

/** Kills each case at each record, resumes, and holds what is there against a run that nobody disturbed. Returns how many differ. */
export async function killAll(words: KillWords, report: (line: string) => void): Promise<number> {
  const bench = await startBench()
  let [kills, wrong] = [0, 0]
  try {
    for (const name of words.case ?? Object.keys(cases)) {
      const one = cases[name]
      if (!one) throw new TypeError(`there is no case ${name}: ${Object.keys(cases).join(', ')}`)
      const calm = await tryCase(bench, one)
      const points = pointsOf(calm.counts, words)
      const rest = points.values()
      const work = async () => {
        for (const doom of rest) {
          const { killed, seen, output } = await tryCase(bench, one, doom)
          const found = killed ? differences(calm.seen, seen) : ['it was not killed']
          kills += 1
          if (found.length === 0) continue
          wrong += 1
          report(`DIFFERENT ${name}, ${doom.how} record ${doom.k} of the ${doom.journal}:\n  ${found.join('\n  ')}`)
          if (words.at !== undefined) report(output)
        }
      }
      await Promise.all(Array.from({ length: Number(words.jobs) }, work))
      report(`${name}: ${calm.counts.run} records, ${calm.counts.plan} of its plans; killed ${points.length} times`)
    }
    report(`${kills} kills, ${wrong} differences`)
    return wrong
  } finally {
    await bench.close()
  }
}

function pointsOf(counts: Counts, { journal, how, step, at }: KillWords): Doom[] {
  const journals = (journal ?? ['run', 'plan']) as Doom['journal'][]
  const hows = (how ?? ['after', 'before']) as Doom['how'][]
  return journals.flatMap((of) =>
    hows.flatMap((when) => {
      const all = Array.from({ length: counts[of] }, (_, index): Doom => ({ journal: of, how: when, k: index + 1 }))
      return all.filter(({ k }) => (at === undefined ? (k - 1) % Number(step) === 0 : k === Number(at)))
    }),
  )
}

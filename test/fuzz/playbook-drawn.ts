import fc from 'fast-check'
import { startBench } from '../real/change/matrix/bench.ts'
import { leftOut, tryOnServer } from '../real/playbook/fuzz-real.ts'
import { type Drawn, drawnPlaybooks } from '../unit/playbook/fuzz-draw.ts'
import { anyTexts, mutatedTexts, wrongWithText } from '../unit/playbook/fuzz-text.ts'
import { type Mood, type Tried, tryDrawn, withState } from '../unit/playbook/fuzz-trial.ts'
import { exampleWorld } from '../unit/playbook/fuzz-world.ts'

type Words = { count: number; real: number; seed: number }
type Report = (line: string) => void

/** Files of any bytes, and shipped playbooks with something wrong in them. Whether all were taken, or refused by file and line. */
export async function textsAll({ count, seed }: Words, report: Report): Promise<boolean> {
  const texts = fc.oneof(mutatedTexts, anyTexts)
  const property = fc.asyncProperty(texts, async (text) => failOn(await wrongWithText(text)))
  return await checked(`${count} files`, property, { numRuns: count, seed }, report)
}

/** Playbooks by the schema, on a snapshot and on a real server. Whether nothing but SecureErrors ended them, and nothing unplanned was written. */
export async function drawnAll({ count, real, seed }: Words, report: Report): Promise<boolean> {
  const onSnapshot = async (drawn: Drawn, mood: Mood) =>
    await withState(async (stateDir) => await tryDrawn(drawn, exampleWorld(stateDir), mood))
  if (!(await tried('a snapshot', onSnapshot, { numRuns: count, seed }, report))) return false
  const bench = await startBench()
  try {
    const onServer = async (drawn: Drawn, mood: Mood) => await tryOnServer(bench, drawn, mood)
    return await tried('a server', onServer, { numRuns: real, seed }, report)
  } finally {
    await bench.close()
  }
}

async function tried(
  where: string,
  work: (drawn: Drawn, mood: Mood) => Promise<Tried>,
  runs: { numRuns: number; seed: number },
  report: Report,
): Promise<boolean> {
  const moods = fc.constantFrom<Mood>('confirms', 'confirms', 'confirms', 'declines', 'unsigned')
  let [taken, plans, writes] = [0, 0, 0]
  const property = fc.asyncProperty(drawnPlaybooks(leftOut), moods, async (drawn, mood) => {
    const found = await work(drawn, mood)
    if (found.taken) taken += 1
    plans += found.plans
    writes += found.writes
    failOn(found.wrong)
  })
  const isRight = await checked(`${runs.numRuns} playbooks on ${where}`, property, runs, report)
  report(`  ${taken} were taken, ${plans} plans confirmed, ${writes} writes held against them`)
  return isRight
}

function failOn(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n  '))
}

async function checked<T>(
  what: string,
  property: fc.IAsyncProperty<T>,
  runs: { numRuns: number; seed: number },
  report: Report,
): Promise<boolean> {
  const found = await fc.check(property, runs)
  report(`${what}, seed ${runs.seed}: ${found.failed ? 'WRONG' : 'as they should be'}`)
  if (found.failed) report(`${JSON.stringify(found.counterexample)}\n  ${String(found.errorInstance)}`)
  return !found.failed
}

import fc from 'fast-check'
import { startBench } from '../real/change/matrix/bench.ts'
import { trials } from '../real/playbook/fuzz-kinds.ts'
import { leftOut, tryOnServer } from '../real/playbook/fuzz-real.ts'
import { drawnPlaybooks } from '../unit/playbook/fuzz-draw.ts'
import { anyTexts, mutatedTexts, wrongWithText } from '../unit/playbook/fuzz-text.ts'
import type { Mood } from '../unit/playbook/fuzz-responder.ts'
import { tryDrawn, withState } from '../unit/playbook/fuzz-trial.ts'
import { exampleWorld } from '../unit/playbook/fuzz-world.ts'
import { Tally } from './playbook-tally.ts'

type Words = { count: number; real: number; seed: number }
type Report = (line: string) => void

/** Files of any bytes, and shipped playbooks with something wrong in them. Whether all were taken, or refused by file and line. */
export async function textsAll({ count, seed }: Words, report: Report): Promise<boolean> {
  const texts = fc.oneof(mutatedTexts, anyTexts)
  const property = fc.asyncProperty(texts, async (text) => failOn(await wrongWithText(text)))
  return await checked(`${count} files`, property, { numRuns: count, seed }, report)
}

/** Playbooks by the schema, on a snapshot, and on a real server those that come to plans too. Whether nothing but SecureErrors ended them, and nothing unplanned was written. */
export async function drawnAll({ count, real, seed }: Words, report: Report): Promise<boolean> {
  return (await onSnapshot({ numRuns: count, seed }, report)) && (await onServer({ numRuns: real, seed }, report))
}

type Runs = { numRuns: number; seed: number }

async function onSnapshot(runs: Runs, report: Report): Promise<boolean> {
  const moods = fc.constantFrom<Mood>('confirms', 'confirms', 'confirms', 'declines', 'unsigned')
  const tally = new Tally()
  const property = fc.asyncProperty(drawnPlaybooks(leftOut), moods, async (drawn, mood) => {
    const found = await withState(async (stateDir) => await tryDrawn(drawn, exampleWorld(stateDir), mood))
    tally.add(mood, found)
    failOn(found.wrong)
  })
  const isRight = await checked(`${runs.numRuns} playbooks on a snapshot`, property, runs, report)
  tally.report(report)
  return isRight
}

async function onServer(runs: Runs, report: Report): Promise<boolean> {
  const bench = await startBench()
  const tally = new Tally()
  try {
    const property = fc.asyncProperty(trials, async ({ what, mood, drawn }) => {
      const found = await tryOnServer(bench, drawn, mood)
      tally.add(what, found, found.undone)
      failOn(found.wrong)
    })
    // Each takes two seconds: a smaller one would be looked for for hours.
    const oneByOne = { ...runs, endOnFailure: true }
    const isRight = await checked(`${runs.numRuns} playbooks on a server`, property, oneByOne, report)
    tally.report(report)
    return isRight
  } finally {
    await bench.close()
  }
}

function failOn(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n  '))
}

async function checked<T>(what: string, property: fc.IAsyncProperty<T>, runs: Runs, report: Report): Promise<boolean> {
  const found = await fc.check(property, runs)
  report(`${what}, seed ${runs.seed}: ${found.failed ? 'WRONG' : 'as they should be'}`)
  if (found.failed) report(`${JSON.stringify(found.counterexample)}\n  ${String(found.errorInstance)}`)
  return !found.failed
}
